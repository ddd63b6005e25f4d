// What is meant by a name: what may be named, what may have been meant, and what is told elsewhere already.
import { describe, expect, it } from 'vitest'
import { isDocumentFile, isSopsFile } from '../../../src/spec/document-file.ts'
import { component, host, lineOf, read } from './given.ts'

const service = (ip: string) => `{ ip: ${ip}, hostname: h.example.org }`
const manifest = (services: string) =>
  `---\napiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: m }\nspec: { network: { domain: example.org }, services: { ${services} } }\n`
const window = (name: string, spec = 'cron: "0 2 * * *", duration: 2h') =>
  `---\napiVersion: homeostat/v1\nkind: Window\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`
const problems = (texts: Record<string, string>) =>
  read(texts).desired.issues.map((issue) => lineOf(issue).replace(/^(\S+?):\d+:\d+ {2}/, '$1 '))
const good = host('web')

describe('a name that nothing has', () => {
  it.each<[string, Record<string, string>, string[]]>([
    [
      'is no suggestion for itself',
      { 'a.yaml': good + component('abc', 'hosts: [web], dependsOn: [abd]') },
      ['a.yaml spec.dependsOn[0]: there is no Component called "abd"'],
    ],
    [
      'may have been another of its kind',
      { 'a.yaml': good + component('abc', 'hosts: [web], dependsOn: [xyzz]') + component('xyz') },
      ['a.yaml spec.dependsOn[0]: there is no Component called "xyzz" (did you mean xyz?)'],
    ],
    [
      'is none of another kind',
      { 'a.yaml': good + window('xyz') + component('abc', 'hosts: [web], dependsOn: [xyzz]') },
      ['a.yaml spec.dependsOn[0]: there is no Component called "xyzz"'],
    ],
    [
      'is a window of a component',
      { 'a.yaml': good + component('nights') + component('abc', 'hosts: [web], window: nights') },
      ['a.yaml spec.window: there is no Window called "nights"'],
    ],
    [
      'is a host to go through',
      { 'a.yaml': host('web', 'address: 10.0.0.1, ssh: { jump: gate }') + host('gates', 'address: 10.0.0.2') },
      ['a.yaml spec.ssh.jump: there is no Host called "gate" (did you mean gates?)'],
    ],
    [
      'is any host where there is none',
      { 'a.yaml': component('a', 'hosts: all') },
      ['a.yaml spec.hosts: there is no Host at all'],
    ],
    [
      'is any host with a label',
      { 'a.yaml': good + component('a', 'hosts: { matchLabels: { role: db } }') },
      ['a.yaml spec.hosts: there is no Host with these labels'],
    ],
  ])('%s', (_, texts, lines) => {
    expect(problems(texts)).toEqual(lines)
  })

  it('is told beside what is wrong with the document itself', () => {
    const text = component('a', 'hosts: [wbe], options: { prot: 1 }')
    expect(problems({ 'a.yaml': text, 'b.yaml': good })).toEqual([
      'a.yaml spec.hosts[0]: there is no Host called "wbe" (did you mean web?)',
      'a.yaml spec.options.prot: there is no field "prot" here (did you mean port?)',
    ])
  })
})

describe('a name that a broken file may have', () => {
  const broken = (text: string) => text.replace('spec:', 'sepc:')
  it.each<[string, Record<string, string>]>([
    ['a host', { 'a.yaml': component('a'), 'b.yaml': broken(host('web')) }],
    ['a machine of the manifest', { 'a.yaml': component('a'), 'b.yaml': broken(manifest('')) }],
    ['any host', { 'a.yaml': component('a', 'hosts: all'), 'b.yaml': broken(host('web')) }],
    ['any machine of the manifest', { 'a.yaml': component('a', 'hosts: all'), 'b.yaml': broken(manifest('')) }],
    [
      'a window',
      { 'a.yaml': good + component('a', 'hosts: [web], window: nights'), 'b.yaml': broken(window('nights')) },
    ],
    [
      'a component',
      { 'a.yaml': good + component('a', 'hosts: [web], dependsOn: [b]'), 'b.yaml': broken(component('b')) },
    ],
  ])('is told there only: %s', (_, texts) => {
    const lines = problems(texts)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.filter((line) => !line.startsWith('b.yaml'))).toEqual([])
  })

  it('is told all the same where the file cannot have it', () => {
    const other = broken(component('web', 'hosts: all'))
    expect(problems({ 'a.yaml': component('a'), 'b.yaml': other })).toContain(
      'a.yaml spec.hosts[0]: there is no Host called "web"',
    )
    const of = (kind: string) => problems({ 'a.yaml': component('a', 'hosts: all'), 'b.yaml': broken(kind) })
    expect(of(component('web'))).toContain('a.yaml spec.hosts: there is no Host at all')
  })
})

describe('documents together', () => {
  it('come by name, whatever the order in which they are written', () => {
    const dashboard = (name: string) =>
      `---\napiVersion: homeostat/v1\nkind: Dashboard\nmetadata: { name: ${name} }\nspec: { json: {} }\n`
    const rules = (name: string) =>
      `---\napiVersion: homeostat/v1\nkind: AlertRules\nmetadata: { name: ${name} }\nspec: { groups: [{ name: ${name}, rules: [{ alert: A, expr: up }] }] }\n`
    const names = ['b', 'c', 'a']
    const all = [...names.map((name) => component(name)), ...names.map(dashboard), ...names.map(rules)]
    const { desired } = read({ 'z.yaml': `${all.join('')}${host('web')}${host('db', 'address: 10.0.0.2')}` })
    expect(desired.issues).toEqual([])
    expect(Object.keys(desired.components)).toEqual(['a', 'b', 'c'])
    expect(desired.dashboards?.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(desired.alertRules?.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(Object.keys(desired.hosts)).toEqual(['db', 'web'])
    expect(desired.manifest).toBeUndefined()
  })

  it('have each the window that they name', () => {
    const windows = window('days', 'cron: "0 8 * * *", duration: 1h') + window('nights')
    const text = good + windows + component('a', 'hosts: [web], window: nights') + component('b')
    const { components } = read({ 'a.yaml': text + component('nights', 'hosts: [web]') }).desired
    expect(components.a?.policy.window?.name).toBe('nights')
    expect(components.b?.policy).not.toHaveProperty('window')
    expect(components.a).not.toHaveProperty('window')
  })

  it('are on the hosts of their labels, or on all, by name', () => {
    const hosts = host('web', 'address: 10.0.0.1', 'role: x, site: a') + host('db', 'address: 10.0.0.2', 'role: x')
    const on = (selector: string) =>
      read({ 'a.yaml': hosts + component('a', `hosts: ${selector}`) }).desired.components.a?.hosts
    expect(on('{ matchLabels: { role: x } }')).toEqual(['db', 'web'])
    expect(on('{ matchLabels: { role: x, site: a } }')).toEqual(['web'])
    expect(on('all')).toEqual(['db', 'web'])
    expect(on('[web, db, web]')).toEqual(['db', 'web'])
  })

  it('of a manifest give hosts by name, beside those that are written', () => {
    const text = manifest(`c: ${service('10.0.0.7')}, a: ${service('10.0.0.8')}, b: ${service('10.0.0.9')}`)
    const { hosts } = read({ 'a.yaml': text + host('aa') }).desired
    expect(Object.keys(hosts)).toEqual(['a', 'aa', 'b', 'c'])
  })

  it('of two services on one machine give the host that is first by name', () => {
    const { hosts } = read({ 'a.yaml': manifest(`z: ${service('10.0.0.7')}, y: ${service('10.0.0.7')}`) }).desired
    expect(Object.keys(hosts)).toEqual(['y'])
  })
})

describe('a suspension and a canary', () => {
  const policyOf = (spec: string) =>
    read({ 'a.yaml': good + component('a', `hosts: [web], ${spec}`) }).desired.components.a?.policy

  it('are as they are written, and nothing where they are not', () => {
    expect(policyOf('suspend: { reason: disk swap }')?.suspend).toStrictEqual({ reason: 'disk swap' })
    const until = '2026-12-01T08:00:00Z'
    expect(policyOf(`suspend: { reason: swap, until: "${until}" }`)?.suspend).toEqual({ reason: 'swap', until })
    expect(policyOf('enabled: true')).not.toHaveProperty('suspend')
    expect(policyOf('rollout: { canary: web }')?.rollout).toEqual({ maxParallel: 1, canary: 'web' })
    expect(policyOf('enabled: true')?.rollout).toStrictEqual({ maxParallel: 1 })
  })

  it.each([
    ['no label at all', 'hosts: { matchLabels: {} }', 'a.yaml spec.hosts.matchLabels: expected at least one label'],
    [
      'a proof as long as its deadline',
      'hosts: [web], verify: { minHealthyTime: 5m }',
      'a.yaml spec.verify.minHealthyTime: expected a time shorter than verify.deadline',
    ],
  ])('cannot be with %s', (_, spec, line) => {
    expect(problems({ 'a.yaml': good + component('a', spec) })).toEqual([line])
  })
})

describe('a file', () => {
  it.each<[string, boolean, boolean]>([
    ['a.yaml', true, false],
    ['a.yml', true, false],
    ['team/a.yaml', true, false],
    ['a.yaml.bak', false, false],
    ['a.json', false, false],
    ['.a.yaml', false, false],
    ['files/a.yaml', false, false],
    ['team/files/x/a.yaml', false, false],
    ['files.yaml', true, false],
    ['a.sops.yaml', false, true],
    ['a.sops.yml', false, true],
    ['team/a.sops.json', false, true],
    ['a.sops.yaml.bak', false, false],
    ['a.sops.txt', false, false],
    ['team/.sops.yaml', false, false],
  ])('%s: documents %s, secrets %s', (path, documents, secrets) => {
    expect([isDocumentFile(path), isSopsFile(path)]).toEqual([documents, secrets])
  })
})
