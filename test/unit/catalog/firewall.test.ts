// Who may connect to what: what the golden files do not show.
import { describe, expect, test } from 'vitest'
import { RenderError } from '../../../src/catalog/define-type.ts'
import { firewall } from '../../../src/catalog/firewall.ts'
import { ruleProblem } from '../../../src/catalog/firewall-rules.ts'
import { type Given, renderGiven } from '../../support/catalog-given.ts'

const hosts = { hub: '192.0.2.18', edge: '192.0.2.10', db: '192.0.2.11', far: 'far.example.org' }
const on = (type: string, ...where: string[]) => ({ type, hosts: where })
const everywhere = on('firewall', 'hub', 'edge', 'db')

function rulesOn(host: string, more: Given['components'], rest: Partial<Given> = {}): string {
  const components = { firewall: everywhere, ...more }
  const { resources } = renderGiven({ component: 'firewall', host, hosts, components, ...rest })
  const rules = resources.find((it) => it.kind === 'file' && it.path.endsWith('.nft'))
  return rules?.kind === 'file' ? rules.content : ''
}

const stack: Given['components'] = {
  metrics: on('prometheus', 'hub'),
  machines: on('node-exporter', 'hub', 'edge', 'db'),
  logs: on('loki', 'hub'),
  alloy: on('alloy', 'hub', 'edge'),
}

describe('a change of the desired state', () => {
  const before = Object.fromEntries(Object.keys(hosts).map((host) => [host, rulesOn(host, stack)]))
  const changedBy = (more: Given['components'], rest: Partial<Given> = {}) =>
    Object.keys(hosts).filter((host) => rulesOn(host, more, rest) !== before[host])

  test('changes the rules of those hosts alone that are concerned', () => {
    expect(changedBy({ ...stack, alloy: on('alloy', 'hub', 'edge', 'db') })).toEqual(['hub'])
    expect(changedBy({ ...stack, metrics: on('prometheus', 'edge') })).toEqual(['hub', 'edge', 'db'])
    expect(changedBy({ ...stack, 'db-metrics': on('postgres-exporter', 'db') })).toEqual(['db'])
    expect(changedBy({ ...stack, page: on('custom', 'db') })).toEqual([])
  })

  test('of a service that is proxied admits the proxy', () => {
    const proxy = { default: { domain: 'logs.example.org', path: '/', upstream: '192.0.2.18:3100' } }
    const manifest = { services: { hub: { ip: '192.0.2.18', hostname: 'hub', interface: { proxy } } } }
    const more = { ...stack, proxy: on('caddy', 'edge') }
    expect(changedBy(more, { manifest })).toEqual(['hub'])
    expect(rulesOn('hub', more, { manifest })).toContain('comment "logs: alloy, proxy"')
  })
})

test('no rule is about what listens on loopback, is disabled, or is on another host', () => {
  const text = rulesOn('hub', {
    ...stack,
    machines: on('node-exporter', 'hub', 'db'),
    off: { ...on('grafana', 'hub'), enabled: false },
  })
  expect(text.match(/dport (\d+)/g)?.filter((it, index, all) => all.indexOf(it) === index)).toEqual(['dport 3100'])
})

test('a client that is known by its name only has to be admitted by hand', () => {
  const more = { ...stack, alloy: on('alloy', 'hub', 'far') }
  expect(() => rulesOn('hub', more)).toThrow(RenderError)
  expect(() => rulesOn('hub', more)).toThrow(
    /^alloy on far needs logs at 192\.0\.2\.18, and it is not known from which/,
  )
  const firewall = { ...everywhere, options: { admit: { logs: ['192.0.2.77'] } } }
  expect(rulesOn('hub', { ...more, firewall })).toContain('ip saddr { 192.0.2.77 } accept')
})

test('SSH is never touched', () => {
  const machines = { ...on('node-exporter', 'edge'), options: { port: 22 } }
  expect(() => rulesOn('edge', { ...stack, machines })).toThrow(/serves port 22 of edge, which is where SSH listens/)
})

test('who is admitted has to be to something there is', () => {
  const firewall = { ...everywhere, options: { admit: { lgos: ['192.0.2.77'] } } }
  expect(() => rulesOn('hub', { ...stack, firewall })).toThrow('there is no enabled component lgos')
})

test.each([
  ['tcp dport 1 accept', undefined],
  ['ip saddr { 10.0.0.1, 10.0.0.2 } tcp dport { 1, 2 } accept', undefined],
  ['accept comment "a } b"', undefined],
  ['} table inet filter {', 'closes a { that it never opened'],
  ['jump {', 'opens a { that it never closes'],
  ['accept comment "', 'has a " that is never closed'],
])('a line of its own that reads %s', (line, problem) => {
  expect(ruleProblem(line)).toBe(problem)
  const { success, error } = firewall.options.safeParse({ extraRules: `tcp dport 9 drop\n${line}` })
  expect(success).toBe(problem === undefined)
  if (problem !== undefined) expect(error?.issues[0]?.message).toBe(`line 2 ${problem}`)
})
