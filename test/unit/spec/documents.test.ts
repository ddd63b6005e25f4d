// What good documents of every kind mean, defaults included.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { component, host, lineOf, read } from './given.ts'

const web = host('web')

function componentOf(spec: string) {
  const { desired } = read({ 'a.yaml': web + component('a', spec) })
  expect(desired.issues.map(lineOf)).toEqual([])
  return desired.components.a
}

describe('a Component', () => {
  it('needs a type and hosts only', () => {
    expect(componentOf('hosts: all')).toEqual({
      name: 'a',
      type: 'clock',
      labels: {},
      enabled: true,
      external: false,
      hosts: ['web'],
      options: { interval: '15s', port: 123 },
      probes: [],
      policy: {
        minHealthyMs: 7_000,
        verifyDeadlineMs: 300_000,
        maxAttempts: 2,
        drift: 'correct',
        autoRollback: true,
        dependsOn: [],
        rollout: { maxParallel: 1 },
      },
      file: 'a.yaml',
      line: 7,
    })
  })

  it('says how it is brought about and kept', () => {
    const policy =
      'drift: { mode: warn }, rollback: { auto: false }, retry: { attempts: 5 }, rollout: { maxParallel: 3, canary: web }'
    expect(componentOf(`hosts: all, verify: { minHealthyTime: 1m, deadline: 2m }, ${policy}`)?.policy).toMatchObject({
      minHealthyMs: 60_000,
      verifyDeadlineMs: 120_000,
      maxAttempts: 5,
      drift: 'warn',
      autoRollback: false,
      rollout: { maxParallel: 3, canary: 'web' },
    })
  })

  it('says what others may change', () => {
    const rules = [
      '{ path: /etc/x/*.conf, reason: r }',
      '{ path: /etc/x.json, keys: [server.port, "a[0]", \'["b.c"].d\'], reason: r }',
      '{ path: /etc/x, keys: [a], format: ini, reason: r }',
      '{ unit: x.timer, reason: r }',
      '{ package: nginx, reason: r }',
    ]
    expect(componentOf(`hosts: all, drift: { ignore: [${rules.join(', ')}] }`)?.policy.ignore).toEqual([
      { kind: 'path', name: '/etc/x/*.conf', reason: 'r' },
      {
        kind: 'path',
        name: '/etc/x.json',
        keys: [
          ['server', 'port'],
          ['a', 0],
          ['b.c', 'd'],
        ],
        format: 'json',
        reason: 'r',
      },
      { kind: 'path', name: '/etc/x', keys: [['a']], format: 'ini', reason: 'r' },
      { kind: 'unit', name: 'x.timer', reason: 'r' },
      { kind: 'package', name: 'nginx', reason: 'r' },
    ])
  })

  it.each([
    ['{ path: /etc/x }', 'spec.drift.ignore[0].reason'],
    ['{ path: /etc/x, unit: x.service, reason: r }', 'expected one of path, unit and package'],
    ['{ reason: r }', 'expected one of path, unit and package'],
    ['{ path: etc/x, reason: r }', 'expected an absolute path'],
    ['{ path: /etc/../x, reason: r }', 'expected an absolute path'],
    ['{ path: /etc/x, keys: [a], reason: r }', 'expected json, yaml or ini'],
    ['{ path: /etc/x.json, keys: ["a]"], reason: r }', 'expected names and indexes'],
    ['{ path: /etc/x.json, keys: [\'["\\x"]\'], reason: r }', 'expected names and indexes'],
    ['{ unit: x.service, keys: [a], reason: r }', 'keys and format go with a path'],
  ])('refuses %s', (rule, says) => {
    const { desired } = read({ 'a.yaml': web + component('a', `hosts: all, drift: { ignore: [${rule}] }`) })
    expect(desired.issues.map(lineOf)).toEqual([expect.stringContaining(says)])
  })

  it('depends on others by name, hard or soft', () => {
    const deps = 'hosts: all, dependsOn: [b, { name: c, soft: true }, { name: d }]'
    const texts = { 'a.yaml': web + component('a', deps) + component('b') + component('c') + component('d') }
    expect(read(texts).desired.components.a?.policy.dependsOn).toEqual([
      { component: 'b', soft: false },
      { component: 'c', soft: true },
      { component: 'd', soft: false },
    ])
  })

  it('adds probes of its own', () => {
    expect(componentOf('hosts: all, verify: { probes: [{ kind: tcp, port: 80, timeout: 1s }] }')?.probes).toEqual([
      { kind: 'tcp', name: 'tcp 80', address: '127.0.0.1', port: 80, timeoutMs: 1_000 },
    ])
  })

  it('takes fields without a value as absent', () => {
    const text = `${web}---\napiVersion: homeostat/v1\nkind: Component\nmetadata:\n  name: a\n  labels:\nspec:\n  type: clock\n  hosts: all\n  dependsOn:\n  options:\n    # port: 1\n  verify:\n`
    expect(read({ 'a.yaml': text }).desired).toMatchObject({
      issues: [],
      components: { a: { options: { port: 123 } } },
    })
  })

  it.each([
    ['hosts: [web, db, web]', ['db', 'web']],
    ['hosts: all', ['db', 'mail', 'web']],
    ['hosts: { matchLabels: { role: front } }', ['mail', 'web']],
    ['hosts: { matchLabels: { role: front, zone: "1" } }', ['web']],
  ])('with %s is on %j', (spec, expected) => {
    const hosts =
      host('web', 'address: 10.0.0.1', 'role: front, zone: "1"') + host('mail', 'address: 10.0.0.2', 'role: front')
    const { desired } = read({ 'a.yaml': hosts + host('db') + component('a', spec) })
    expect(desired.components.a?.hosts).toEqual(expected)
  })
})

describe('a Host', () => {
  it('needs an address only', () => {
    expect(read({ 'a.yaml': host('web') }).desired.hosts.web).toEqual({
      name: 'web',
      address: '10.0.0.1',
      platform: 'debian',
      connection: 'ssh',
      ssh: { user: 'root', port: 22, hostKeys: [], sudo: false },
      labels: {},
    })
  })

  it('says how it is reached', () => {
    const key = `ssh-ed25519 AAAA${'C'.repeat(64)}`
    const ssh = `user: deploy, port: 2222, identityFile: ~/.ssh/id, knownHostsFile: /etc/hosts.keys, jump: gate, hostKeys: ["${key}"]`
    const id = '0123456789abcdef0123456789abcdef'
    const web = host('web', `address: "fd00::1", platform: nixos, machineId: ${id}, ssh: { ${ssh} }`, 'role: front')
    expect(read({ 'a.yaml': web + host('gate', 'address: gate.example.org') }).desired.hosts.web).toEqual({
      name: 'web',
      address: 'fd00::1',
      platform: 'nixos',
      connection: 'ssh',
      machineId: id,
      ssh: {
        user: 'deploy',
        port: 2222,
        identityFile: '~/.ssh/id',
        knownHostsFile: '/etc/hosts.keys',
        jump: 'gate',
        hostKeys: [key],
        sudo: true,
      },
      labels: { role: 'front' },
    })
  })

  it('that is this machine needs nothing', () => {
    expect(read({ 'a.yaml': host('here', 'connection: local') }).desired.hosts.here).toMatchObject({
      connection: 'local',
      address: '127.0.0.1',
    })
  })

  it.each(['constructor', 'toString', 'hasownproperty'])('may be called %s', (name) => {
    const { desired } = read({ 'a.yaml': host(name.toLowerCase()) + component('a', `hosts: [${name.toLowerCase()}]`) })
    expect(desired.components.a?.hosts).toEqual([name.toLowerCase()])
    expect(read({ 'a.yaml': host('web') }).desired.hosts[name]).toBeUndefined()
  })
})

describe('a Manifest', () => {
  const json = readFileSync(new URL('../../fixtures/spec/nixmox-service-manifest.json', import.meta.url), 'utf8')
  const head = 'apiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: nixmox }\nspec:\n'
  const text = `${head}${json.replace(/^/gm, '  ')}\n`

  it("is NixMox's own JSON, without an edit", () => {
    const { desired } = read({ 'manifest.yaml': text })
    expect(desired.issues.map(lineOf)).toEqual([])
    expect(desired.manifest?.network).toEqual({
      domain: 'nixmox.lan',
      dns_server: '192.168.99.13',
      gateway: '192.168.99.1',
      network_cidr: '192.168.99.0/24',
    })
    expect(Object.keys(desired.manifest?.core_services ?? {})).toEqual(['authentik', 'caddy', 'dns', 'postgresql'])
    expect(desired.manifest?.services.mail?.enable).toBe(false)
    expect(JSON.stringify(desired.manifest)).not.toContain('shared_secret')
  })

  it('has every proxy entry by name', () => {
    const services = read({ 'manifest.yaml': text }).desired.manifest?.services
    expect(services?.openbao?.interface.proxy).toEqual({
      default: { domain: 'bao.nixmox.lan', path: '/', upstream: '192.168.99.20:8200' },
    })
    expect(Object.keys(services?.media?.interface.proxy ?? {})).toEqual([
      'jellyfin',
      'prowlarr',
      'radarr',
      'sonarr',
      'transmission',
    ])
  })

  it('fills in what NixMox leaves out', () => {
    const { desired } = read({ 'manifest.yaml': text })
    expect(desired.manifest?.core_services.dns).toMatchObject({ ports: [], depends_on: [] })
    expect(desired.manifest?.services.media?.interface.dbs?.radarr?.additionaldbs).toEqual(['radarr-log'])
    expect(desired.manifest?.services.forgejo?.interface.db?.additionaldbs).toEqual([])
  })
})

describe('content beside the YAML', () => {
  it('is kept as it is, YAML in a folder called files too', () => {
    const texts = { 'a.yaml': web, 'files/b.yaml': 'a: [', 'x/files/c.yml': '', 'motd.txt': '\u0000', '.d.yaml': '[' }
    const { desired, lastGood } = read(texts)
    expect(desired.issues).toEqual([])
    expect(desired.files).toEqual(texts)
    expect(lastGood).toEqual(texts)
  })
})
