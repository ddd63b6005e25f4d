// Who connects to a service, and how far it listens therefore.
import { expect, test } from 'vitest'
import { clientsOf, foundAt, listensAt } from '../../../src/catalog/clients.ts'
import { contextOf, type Given } from '../../support/catalog-given.ts'

const hosts = { hub: '192.0.2.18', edge: '192.0.2.10', db: '192.0.2.11', far: 'far.example.org' }

function at(host: string, components: Given['components'], manifest?: Given['manifest']) {
  return contextOf({ component: Object.keys(components)[0] ?? '', host, hosts, components, manifest })
}

const on = (type: string, ...where: string[]) => ({ type, hosts: where })
const names = (clients: { name: string; host: string }[]) => clients.map(({ name, host }) => `${name}@${host}`)

/** A site that leads to this place. */
const site = (upstream: string): Given['manifest'] => ({
  services: {
    wiki: {
      ip: '192.0.2.99',
      hostname: 'wiki.example.org',
      interface: { proxy: { default: { domain: 'a.example.org', path: '/', upstream } } },
    },
    hub: { ip: '192.0.2.18', hostname: 'hub.example.org' },
  },
})

test.each([
  ['while nobody else is there', {}, '127.0.0.1'],
  ['while Grafana runs on the same host', { grafana: on('grafana', 'hub') }, '127.0.0.1'],
  ['but not with a Grafana elsewhere', { grafana: on('grafana', 'db') }, '192.0.2.18'],
  ['where that Grafana has a nearer one', { grafana: on('grafana', 'db'), other: on('prometheus', 'db') }, '127.0.0.1'],
  ['where that Grafana is disabled', { grafana: { ...on('grafana', 'db'), enabled: false } }, '127.0.0.1'],
])('Prometheus listens on loopback %s', (_, more, expected) => {
  const context = at('hub', { metrics: on('prometheus', 'hub'), ...more })
  expect(listensAt('prometheus', { port: 9090 }, context)).toBe(expected)
})

test.each([
  ['192.0.2.18:9090', 'edge', '192.0.2.18'],
  ['hub.example.org:9090', 'edge', '192.0.2.18'],
  ['http://hub:9090', 'edge', '192.0.2.18'],
  ['192.0.2.18:9091', 'edge', '127.0.0.1'],
  ['192.0.2.18', 'edge', '127.0.0.1'],
  ['127.0.0.1:9090', 'edge', '127.0.0.1'],
  ['192.0.2.18:9090', 'hub', '127.0.0.1'],
  ['localhost:9090', 'hub', '127.0.0.1'],
])('a site that leads to %s has a proxy on %s as its client', (upstream, proxy, expected) => {
  const context = at('hub', { metrics: on('prometheus', 'hub'), proxy: on('caddy', proxy) }, site(upstream))
  expect(listensAt('prometheus', { port: 9090 }, context)).toBe(expected)
})

test('the proxy may be one that others run, or the site one that is switched off', () => {
  const manifest = site('192.0.2.18:9090')
  const caddy = { ip: '192.0.2.77', hostname: 'caddy.example.org' }
  const components = { metrics: on('prometheus', 'hub') }
  const theirs = at('hub', components, { ...manifest, core_services: { caddy } })
  expect(clientsOf('prometheus', { port: 9090 }, theirs)).toEqual([
    { name: 'caddy', host: 'caddy', addresses: ['192.0.2.77'] },
  ])
  const here = at('hub', components, { ...manifest, core_services: { caddy: { ...caddy, ip: '192.0.2.18' } } })
  expect(listensAt('prometheus', { port: 9090 }, here)).toBe('127.0.0.1')
  const wiki = { ...manifest?.services?.wiki, enable: false }
  const off = at('hub', components, { services: { wiki }, core_services: { caddy } })
  expect(clientsOf('prometheus', { port: 9090 }, off)).toEqual([])
})

test('an exporter is for every Prometheus there is, and for one that others run where there is none', () => {
  const machine = on('node-exporter', 'hub', 'db')
  const listens = (host: string, more: Given['components']) =>
    listensAt('node-exporter', { port: 9100 }, at(host, { machine, ...more }))
  expect(listens('hub', {})).toBe('192.0.2.18')
  expect(listens('hub', { metrics: on('prometheus', 'hub') })).toBe('127.0.0.1')
  expect(listens('db', { metrics: on('prometheus', 'hub') })).toBe('192.0.2.11')
  expect(listens('hub', { metrics: on('prometheus', 'hub', 'db') })).toBe('192.0.2.18')
})

test('all log shippers for which a Loki is the nearest, and all who ask it', () => {
  const components = {
    logs: on('loki', 'hub'),
    more: on('loki', 'db'),
    alloy: on('alloy', 'hub', 'edge', 'db'),
    grafana: on('grafana', 'hub'),
    metrics: on('prometheus', 'db'),
  }
  expect(names(clientsOf('loki', { port: 3100 }, at('hub', components)))).toEqual([
    ...['alloy@hub', 'alloy@edge', 'grafana@hub', 'metrics@db'],
  ])
  expect(names(clientsOf('loki', { port: 3100 }, at('db', components)))).toEqual(['alloy@db', 'metrics@db'])
})

test('a client comes from every address that it is known by, and from none that is a name', () => {
  const manifest = { services: { edge: { ip: '10.0.0.10', hostname: 'edge.example.org' } } }
  const from = (host: string, more?: Given['manifest']) =>
    clientsOf('loki', { port: 3100 }, at('hub', { logs: on('loki', 'hub'), alloy: on('alloy', host) }, more))
  expect(from('edge')).toMatchObject([{ addresses: ['192.0.2.10'] }])
  const renamed = { services: { edge: { ...manifest.services.edge, ip: '10.0.0.10' } } }
  expect(from('edge', renamed)).toMatchObject([{ addresses: ['10.0.0.10', '192.0.2.10'] }])
  expect(from('far')).toMatchObject([{ addresses: [] }])
})

test('a service is found on loopback of its own host, at the address of another, and nowhere where it keeps to itself', () => {
  const components = { metrics: on('prometheus', 'hub'), grafana: on('grafana', 'hub', 'edge') }
  const context = at('edge', components)
  const [hub] = context.peers.find(({ name }) => name === 'metrics')?.hosts ?? []
  if (hub === undefined) throw new Error('no host')
  const find = (options: { port: number; listenAddress?: string }, host: string) =>
    foundAt('prometheus', { host: hub, options }, at(host, components))
  expect(find({ port: 9090 }, 'edge')).toBe('192.0.2.18')
  expect(find({ port: 9090 }, 'hub')).toBe('192.0.2.18')
  expect(find({ port: 9090, listenAddress: '0.0.0.0' }, 'hub')).toBe('127.0.0.1')
  expect(find({ port: 9090, listenAddress: '127.0.0.1' }, 'edge')).toBeUndefined()
})
