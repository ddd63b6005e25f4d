// The options of every type: strict, bounded, and with the defaults that the documentation names.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { catalog } from '../../../src/catalog/registry.ts'

function parse(type: string, options: unknown) {
  const found = catalog[type]
  if (found === undefined) throw new Error(`no type ${type}`)
  return found.options.safeParse(options)
}

function problems(type: string, options: unknown): string[] {
  return parse(type, options).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

describe.each(Object.keys(catalog))('%s', (type) => {
  test('needs no option', () => {
    expect(problems(type, {})).toEqual([])
  })

  test('refuses an option that it does not know', () => {
    const [issue] = parse(type, { retension: '30d' }).error?.issues ?? []
    expect(issue).toMatchObject({ code: 'unrecognized_keys', keys: ['retension'] })
  })

  test('reads its own output again as the same: peers are parsed a second time', () => {
    const { data } = parse(type, {})
    expect(parse(type, data).data).toEqual(data)
  })

  test('has a JSON Schema in which nothing is required', () => {
    const schema = jsonSchema(type)
    expect(schema.required ?? []).toEqual([])
    expect(schema.additionalProperties).toBe(false)
  })

  test('describes every option to the editor', () => {
    const { properties = {} } = jsonSchema(type)
    const silent = Object.entries(properties).filter(([, schema]) => typeof schema === 'boolean' || !schema.description)
    expect(silent.map(([name]) => name)).toEqual([])
  })

  test('has every option and its default in the documentation', () => {
    const documented = optionTable(type === 'custom' ? 'custom.md' : 'catalog.md', type)
    const defaults = parse(type, {}).data as Record<string, unknown>
    const names = Object.keys(jsonSchema(type).properties ?? {})
    expect([...documented.keys()].sort()).toEqual(names.sort())
    const plain = Object.entries(defaults).filter(([, value]) => typeof value !== 'object')
    expect(plain.filter(([name, value]) => documented.get(name) !== `\`${value}\``)).toEqual([])
  })
})

function jsonSchema(type: string) {
  return z.toJSONSchema(catalog[type]?.options ?? z.never(), { io: 'input' })
}

/** Option → default, as the first table below the heading of a type says. */
function optionTable(page: string, type: string): Map<string, string> {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', page), 'utf8')
  const section = text.slice(text.indexOf(`## ${type}\n`)).split('\n\n')
  const rows = (section.find((block) => block.startsWith('| option')) ?? '').matchAll(/^\| `(\w+)` \| ([^|]*?) \|/gm)
  return new Map([...rows].map(([, name = '', value = '']) => [name, value]))
}

test.each([
  ['prometheus', { port: 70_000 }, 'port: expected a port from 1 to 65535'],
  ['prometheus', { scrapeInterval: 15 }, 'scrapeInterval: expected a duration'],
  ['prometheus', { scrapeInterval: '100ms' }, 'scrapeInterval: expected a duration from 1s to 1h'],
  ['prometheus', { retention: '30 days' }, 'retention: expected a duration'],
  ['prometheus', { listenAddress: 'localhost' }, 'listenAddress: expected an IP address'],
  ['prometheus', { dataDir: '/var/lib/../x' }, 'dataDir: expected an absolute path'],
  ['prometheus', { ruleFiles: ['../secret'] }, 'ruleFiles.0: expected a path relative'],
  ['prometheus', { extraFlags: ['verbose'] }, 'extraFlags.0: expected a flag'],
  ['prometheus', { scrapeConfigs: [{ job_name: 'node' }] }, 'scrapeConfigs.0.job_name: the jobs prometheus, node,'],
  ['prometheus', { homeostat: 'controller:8080' }, 'homeostat: expected an IP address with a port'],
  ['prometheus', { homeostat: '192.0.2.1' }, 'homeostat: expected an IP address with a port'],
  ['prometheus', { scrapeConfigs: [{ job_name: 'loki' }] }, 'scrapeConfigs.0.job_name: the jobs prometheus, node,'],
  ['prometheus', { scrapeConfigs: [{}] }, 'scrapeConfigs.0.job_name: expected'],
  [
    'alertmanager',
    { receivers: [{ name: 'a', webhookUrl: 'a.example.net' }] },
    'receivers.0.webhookUrl: expected an http',
  ],
  ['alertmanager', { route: { receiver: 'chat' } }, 'route.receiver: no such receiver'],
  ['alertmanager', { watchdog: 'chat' }, 'watchdog: no such receiver'],
  ['alertmanager', { receivers: [{ name: 'a', mailTo: ['ops'] }] }, 'receivers.0.mailTo.0: expected an e-mail address'],
  [
    'alertmanager',
    { route: { routes: [{ receiver: 'a', match: { severity: 'critical' } }] } },
    'route.routes.0.receiver: no such receiver; expected one of: (there are none)',
  ],
  ['alertmanager', { route: { routes: [{ receiver: 'nobody' }] } }, 'route.routes.0: expected match or matchers'],
  ['prometheus', { alertRules: 'some' }, 'alertRules: expected all, or a list'],
  ['alertmanager', { retention: '1ms' }, 'retention: expected a duration from 1h'],
  ['node-exporter', { collectors: { enable: ['zfs'], disable: ['zfs'] } }, 'collectors: a collector is both'],
  ['node-exporter', { collectors: { enable: ['--web'] } }, 'collectors.enable.0: expected the name of a collector'],
  ['caddy', { tls: 'internal' }, 'tls: '],
  ['caddy', { tls: { mode: 'acme' } }, 'tls.email: expected an e-mail address'],
  ['caddy', { tls: { mode: 'files', certificate: 'a', key: '/b' } }, 'tls.certificate: expected an absolute path'],
  [
    'caddy',
    { tls: { mode: 'acme', email: 'a@example.org', directory: 'http://a' } },
    'tls.directory: expected an https',
  ],
  ['caddy-exporter', { port: 443 }, 'port: Caddy serves its sites there'],
  ['unbound', { forwarders: ['dns.example.org'] }, 'forwarders.0: expected an IP address'],
  ['unbound', { forwarders: ['1.2.3.400'] }, 'forwarders.0: expected an IP address'],
  ['unbound', { allow: ['192.168.99.0'] }, 'allow.0: expected a network'],
  ['unbound', { records: { 'a b': ['192.0.2.1'] } }, 'records.a b: '],
  ['unbound', { records: { 'a.b': [] } }, 'records.a.b: '],
  ['custom', { files: [{ path: '/etc/a' }] }, 'files.0: expected either content or contentFrom'],
  ['custom', { files: [{ path: '/etc/a', content: '', contentFrom: 'a' }] }, 'files.0: expected either content or'],
  [
    'custom',
    { files: [{ path: '/etc/a', content: '', mode: 640 }] },
    'files.0.mode: expected permission bits in quotes',
  ],
  ['custom', { files: [{ path: '/etc/a', content: '', validate: ['true'] }] }, 'files.0.validate: expected {staged}'],
  ['custom', { files: [{ path: '/var/lib/homeostat/x', content: '' }] }, 'files.0.path: expected a path outside'],
  ['custom', { dropIns: [{ unit: 'a.service', content: '' }] }, 'dropIns.0.unit: a.service is not among the units'],
])('%s refuses %j and says where', (type, options, message) => {
  expect(problems(type, options)).toContainEqual(expect.stringContaining(message))
})

test('alertmanager refuses a receiver twice, and the name it uses itself', () => {
  const receiver = (name: string) => ({ name, webhookUrl: 'http://127.0.0.1:1/' })
  expect(problems('alertmanager', { receivers: [receiver('a'), receiver('a')] })).toEqual([
    'receivers.1.name: receiver "a" occurs twice',
  ])
  expect(problems('alertmanager', { receivers: [receiver('nobody')] })).toEqual([
    'receivers.0.name: the name "nobody" is taken',
  ])
})

test('custom refuses two things in one place', () => {
  const options = {
    directories: [{ path: '/etc/systemd/system/b.service' }],
    files: [
      { path: '/etc/a', content: '', onChange: { reload: ['c.service'] } },
      { path: '/etc/a', content: '' },
    ],
    units: [{ name: 'a.service' }, { name: 'b.service', content: '[Service]' }, { name: 'a.service' }],
    users: [{ name: 'a' }, { name: 'a' }],
    probes: [
      { kind: 'tcp', port: 1 },
      { kind: 'tcp', port: 1 },
    ],
  }
  expect(problems('custom', options)).toEqual([
    'files.1.path: /etc/a occurs twice in this component',
    'units.1.name: /etc/systemd/system/b.service occurs twice in this component',
    'units.2.name: a.service occurs twice in this component',
    'users.1.name: a occurs twice in this component',
    'probes.1.name: tcp 1 occurs twice in this component',
    'files.0.onChange.reload.0: c.service is not among the units of this component',
  ])
})
