// Machines of the manifest are hosts without a document of their own.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { component, host, inEffect, lineOf, read } from './given.ts'

const service = (ip: string, more = '') => `{ ip: ${ip}, hostname: h-${ip}.example.org ${more} }`
const manifest = (services: string) =>
  `---\napiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: m }\nspec: { network: { domain: example.org }, services: { ${services} } }\n`

describe('a service of the manifest', () => {
  it('is a host, called like it, at its address, reached in the usual way', () => {
    const { desired } = read({ 'a.yaml': manifest(`web: ${service('10.0.0.7')}`) + component('a') })
    expect(desired.issues).toEqual([])
    expect(desired.hosts.web).toEqual({
      name: 'web',
      address: '10.0.0.7',
      platform: 'debian',
      connection: 'ssh',
      ssh: { user: 'root', port: 22, hostKeys: [], sudo: false },
      labels: {},
    })
    expect(desired.components.a?.hosts).toEqual(['web'])
  })

  it('is among all hosts, and can be one to go through', () => {
    const text = manifest(`a: ${service('10.0.0.7')}`) + host('b', 'address: 10.0.0.8, ssh: { jump: a }')
    const { desired } = read({ 'a.yaml': text + component('x', 'hosts: all') })
    expect(desired.issues).toEqual([])
    expect(desired.components.x?.hosts).toEqual(['a', 'b'])
  })

  it.each([
    ['has a Host of its name', host('web', 'address: 10.9.9.9'), ['web']],
    ['is the machine of another Host', host('box', 'address: 10.0.0.7'), ['box']],
    ['is the machine of another Host, by name', host('box', 'address: h-10.0.0.7.example.org'), ['box']],
    ['is on the machine of another service', '', ['app']],
  ])('is no second host where it %s', (_, written, expected) => {
    const other = written === '' ? `app: ${service('10.0.0.7')}, ` : ''
    const { desired } = read({ 'a.yaml': manifest(`${other}web: ${service('10.0.0.7')}`) + written })
    expect(Object.keys(desired.hosts)).toEqual(expected)
  })

  it('is none while it is disabled, or has a name that no Host can have', () => {
    const { desired } = read({
      'a.yaml': manifest(`off: ${service('10.0.0.7', ', enable: false')}, My_Box: ${service('10.0.0.8')}`),
    })
    expect(desired.hosts).toEqual({})
  })

  it('is what was meant by a name that is nearly its own', () => {
    const text = manifest(`web: ${service('10.0.0.7')}`) + component('a', 'hosts: [wbe]')
    expect(read({ 'a.yaml': text }).desired.issues.map(lineOf)).toEqual([
      'a.yaml:10:30  spec.hosts[0]: there is no Host called "wbe" (did you mean web?)',
    ])
  })

  it('keeps what runs there where the manifest cannot be read any more', () => {
    const good = { 'm.yaml': manifest(`web: ${service('10.0.0.7')}`), 'a.yaml': component('a') }
    const reading = read({ ...good, 'm.yaml': 'kind: [' }, read(good).lastGood)
    expect(inEffect(reading)).toEqual({ a: '123 on web' })
    expect(reading.desired.issues.map(({ file }) => file)).toEqual(['m.yaml'])
    expect(reading.desired.hosts.web?.address).toBe('10.0.0.7')
  })

  it('stays, with what runs there, where the manifest is taken away as a whole', () => {
    const left = { 'a.yaml': component('a') + component('b', 'hosts: [web], enabled: false') }
    const before = { ...left, 'm.yaml': manifest(`web: ${service('10.0.0.7')}`) }
    const reading = read({ ...left, 'h.yaml': host('db', 'address: 10.0.0.8') }, read(before).lastGood)
    expect(inEffect(reading)).toEqual({ a: '123 on web', b: '123 on web' })
    expect(Object.keys(reading.desired.hosts)).toEqual(['db', 'web'])
    expect(reading.desired.broken).toEqual(['a.yaml', 'm.yaml'])
  })

  it('that is taken away holds back what names it, and removes nothing', () => {
    const good = {
      'm.yaml': manifest(`web: ${service('10.0.0.7')}, db: ${service('10.0.0.8')}`),
      'a.yaml': component('a'),
    }
    const reading = read({ ...good, 'm.yaml': manifest(`db: ${service('10.0.0.8')}`) }, read(good).lastGood)
    expect(reading.desired.issues.map(lineOf)).toEqual(['a.yaml:5:30  spec.hosts[0]: there is no Host called "web"'])
    expect(reading.desired.broken).toEqual(['a.yaml'])
    expect(Object.keys(reading.desired.hosts)).toEqual(['db'])
  })
})

it("NixMox's own manifest gives its eleven enabled machines", () => {
  const text = readFileSync(new URL('../../fixtures/spec/nixmox-service-manifest.json', import.meta.url), 'utf8')
  const document = `apiVersion: homeostat/v1\nkind: Manifest\nmetadata: { name: nixmox }\nspec: ${text}`
  const { desired } = read({ 'm.yaml': document })
  expect(desired.issues).toEqual([])
  expect(Object.values(desired.hosts).map(({ name, address }) => `${name} ${address}`)).toEqual([
    'authentik 192.168.99.12',
    'caddy 192.168.99.10',
    'dns 192.168.99.13',
    'forgejo 192.168.99.21',
    'guacamole 192.168.99.16',
    'media 192.168.99.17',
    'monitoring 192.168.99.18',
    'nextcloud 192.168.99.15',
    'openbao 192.168.99.20',
    'postgresql 192.168.99.11',
    'vaultwarden 192.168.99.14',
  ])
})
