// The names that unbound answers for, out of the manifest.
import { describe, expect, test } from 'vitest'
import { dnsNames, ownName } from '../../../src/catalog/dns-records.ts'
import { contextOf, type Given } from '../../support/catalog-given.ts'

const proxy = (domain: string) => ({
  interface: { proxy: { default: { domain, path: '/', upstream: '192.0.2.6:80' } } },
})
const wiki = { ip: '192.0.2.6', hostname: 'wiki-1.example.org', ...proxy('wiki.example.org') }
const caddy = (...hosts: string[]) => ({ proxy: { type: 'caddy', hosts } })

function context(
  services: NonNullable<Given['manifest']>['services'],
  components: Given['components'] = caddy('edge'),
) {
  const hosts = { edge: '192.0.2.2', second: '192.0.2.3', named: 'proxy.example.org' }
  return contextOf({
    component: 'names',
    host: 'edge',
    hosts,
    components,
    manifest: { network: { domain: 'example.org' }, services: services ?? {} },
  })
}

describe('machines', () => {
  test('have the addresses of the enabled services', () => {
    const services = { wiki, old: { enable: false, ip: '192.0.2.7', hostname: 'old.example.org' } }
    expect(dnsNames(context(services)).machines).toEqual([{ name: 'wiki-1.example.org', addresses: ['192.0.2.6'] }])
  })

  test('are of the domain where their name is a short one, and have no capital letters', () => {
    const services = { a: { ip: '192.0.2.8', hostname: 'Box' }, b: { ip: '192.0.2.9', hostname: '192.0.2.9' } }
    expect(dnsNames(context(services)).machines).toEqual([{ name: 'box.example.org', addresses: ['192.0.2.8'] }])
  })

  test('of one name have all their addresses, once', () => {
    const box = (ip: string) => ({ ip, hostname: 'box.example.org' })
    const services = { a: box('192.0.2.9'), b: box('192.0.2.8'), c: box('192.0.2.9') }
    expect(dnsNames(context(services)).machines[0]?.addresses).toEqual(['192.0.2.8', '192.0.2.9'])
  })

  test('can be added', () => {
    expect(dnsNames(context({}), { 'printer.example.org': ['fd00::9'] }).machines).toEqual([
      { name: 'printer.example.org', addresses: ['fd00::9'] },
    ])
  })
})

describe('sites', () => {
  const sites = (components: Given['components'], more = {}) => dnsNames(context({ wiki, ...more }, components)).sites

  test('lead to every host of the reverse proxy', () => {
    expect(sites(caddy('edge', 'second', 'named'))).toEqual([
      { name: 'wiki.example.org', addresses: ['192.0.2.2', '192.0.2.3'] },
    ])
  })

  test("lead to the manifest's caddy where the proxy is not ours", () => {
    expect(sites({}, { caddy: { ip: '192.0.2.20', hostname: 'caddy.example.org' } })).toEqual([
      { name: 'wiki.example.org', addresses: ['192.0.2.20'] },
    ])
  })

  test('are none without a proxy, and none of a service that is disabled', () => {
    expect(sites({})).toEqual([])
    expect(dnsNames(context({ wiki: { ...wiki, enable: false } })).sites).toEqual([])
  })

  test('that are called like a machine leave the name to the machine', () => {
    const services = { mail: { ip: '192.0.2.19', hostname: 'mail.example.org', ...proxy('mail.example.org') } }
    const { machines, sites } = dnsNames(context(services))
    expect(machines).toEqual([{ name: 'mail.example.org', addresses: ['192.0.2.19'] }])
    expect(sites).toEqual([])
  })
})

test('the server itself is called as in the manifest, else as its Host, with the domain', () => {
  expect(ownName(context({}))).toBe('edge.example.org')
  expect(ownName(context({ ns: { ip: '192.0.2.2', hostname: 'ns1.example.org' } }))).toBe('ns1.example.org')
})
