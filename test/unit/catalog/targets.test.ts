// What Prometheus is told to scrape, who it sends alerts to, and where the node exporter listens for it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { RenderError } from '../../../src/catalog/define-type.ts'
import { alertmanagerTargets, nodeTargets } from '../../../src/catalog/scrape-targets.ts'
import { servedTargets } from '../../../src/catalog/served-metrics.ts'
import { contextOf, type Given, renderGiven } from '../../support/catalog-given.ts'

const nixmox: Required<NonNullable<Given['manifest']>> = parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/catalog/nixmox-manifest.yaml'), 'utf8'),
)
const metrics = { type: 'prometheus', hosts: ['hub'] }
const given = (more: Partial<Given> = {}): Given => ({
  component: 'metrics',
  host: 'hub',
  hosts: { hub: '192.168.99.18', other: '192.168.99.11' },
  components: { metrics },
  ...more,
})

describe('the node targets', () => {
  test('are one for each enabled service of the manifest', () => {
    const targets = nodeTargets(contextOf(given({ manifest: nixmox })))
    expect(targets.map(({ labels }) => labels.service)).toEqual([
      ...['authentik', 'caddy', 'dns', 'forgejo', 'guacamole', 'media', 'monitoring', 'nextcloud', 'openbao'],
      ...['postgresql', 'vaultwarden'],
    ])
    expect(targets[0]).toEqual({
      address: '192.168.99.12:9100',
      instance: 'authentik.nixmox.lan:9100',
      labels: { service: 'authentik', host: 'authentik' },
    })
  })

  test('do not depend on the order in which the manifest is written', () => {
    const reversed = Object.fromEntries(Object.entries(nixmox.services).reverse())
    const manifest = { services: reversed, core_services: nixmox.core_services }
    expect(renderGiven(given({ manifest }))).toEqual(renderGiven(given({ manifest: nixmox })))
  })

  test('have the port of the exporter on that very host', () => {
    const exporter = (host: string, port: number) => ({ type: 'node-exporter', hosts: [host], options: { port } })
    const components = { metrics, a: exporter('hub', 9100), b: exporter('other', 9200) }
    const targets = nodeTargets(contextOf(given({ manifest: nixmox, components })))
    const ofService = (name: string) => targets.find(({ labels }) => labels.service === name)?.address
    expect(ofService('postgresql')).toBe('192.168.99.11:9200')
    expect(ofService('monitoring')).toBe('127.0.0.1:9100')
  })

  test('without a manifest are the hosts that have an exporter, disabled components apart', () => {
    const components = {
      metrics,
      a: { type: 'node-exporter', hosts: ['other'] },
      b: { type: 'node-exporter', hosts: ['hub'], enabled: false },
    }
    expect(nodeTargets(contextOf(given({ components })))).toEqual([
      {
        address: '192.168.99.11:9100',
        instance: 'other:9100',
        labels: { host: 'other', component: 'a' },
        by: 'a@other',
      },
    ])
  })

  test('of two services on one machine under one name are one', () => {
    const service = { ip: '10.0.0.1', hostname: 'a.example.net' }
    expect(nodeTargets(contextOf(given({ manifest: { services: { a: service, b: service } } })))).toHaveLength(1)
  })

  test('reach IPv6 addresses', () => {
    const manifest = { services: { a: { ip: 'fd00::1', hostname: 'a.example.net' } } }
    expect(nodeTargets(contextOf(given({ manifest })))).toMatchObject([{ address: '[fd00::1]:9100' }])
  })
})

describe('the Alertmanagers', () => {
  const alertmanager = (host: string, listenAddress?: string) => ({
    type: 'alertmanager',
    hosts: [host],
    options: listenAddress === undefined ? {} : { listenAddress },
  })
  const targets = (components: Given['components']) => alertmanagerTargets(contextOf(given({ components })))

  test('are none where none is wanted', () => {
    expect(targets({ metrics })).toEqual([])
    expect(targets({ metrics, alerts: { ...alertmanager('other'), enabled: false } })).toEqual([])
  })

  test('are reached through loopback on the same host', () => {
    expect(targets({ metrics, alerts: alertmanager('hub') })).toMatchObject([
      { address: '127.0.0.1:9093', instance: 'hub:9093' },
    ])
  })

  test('are reached at their address on another host', () => {
    for (const alerts of [alertmanager('other'), alertmanager('other', '0.0.0.0')])
      expect(targets({ metrics, alerts })).toMatchObject([{ address: '192.168.99.11:9093', instance: 'other:9093' }])
  })

  test('that listen on loopback of other hosts are left out while one is within reach', () => {
    expect(targets({ metrics, far: alertmanager('other', '127.0.0.1'), near: alertmanager('hub') })).toHaveLength(1)
  })

  test('that are all out of reach are an error, not a Prometheus that pages nobody', () => {
    const components = { metrics, alerts: alertmanager('other', '127.0.0.1') }
    const message = /alerts listens on 127\.0\.0\.1 of other only, where metrics on hub cannot reach it/
    expect(() => targets(components)).toThrow(RenderError)
    expect(() => targets(components)).toThrow(message)
  })
})

describe('what serves metrics beside the machines', () => {
  const components: Given['components'] = {
    metrics,
    proxy: { type: 'caddy', hosts: ['other'] },
    'proxy-metrics': { type: 'caddy-exporter', hosts: ['other'], options: { port: 9180 } },
    names: { type: 'unbound', hosts: ['other'] },
    'names-metrics': { type: 'unbound-exporter', hosts: ['other'] },
    db: { type: 'postgresql', hosts: ['other'] },
    'db-metrics': { type: 'postgres-exporter', hosts: ['other'] },
    logs: { type: 'loki', hosts: ['hub'] },
    boards: { type: 'grafana', hosts: ['hub'] },
    authentik: { type: 'authentik', hosts: ['hub'], options: { metricsPort: 9300 } },
  }
  const targets = (more: Given['components'], manifest?: Given['manifest']) =>
    servedTargets(contextOf(given({ components: more, manifest })))

  const on = (component: string, host: string) => ({ component, host })

  test('is scraped where it is in the desired state, at the address where it listens for others or for its own host', () => {
    expect(targets(components, nixmox)).toMatchObject({
      authentik: [
        { address: '192.168.99.12:9300', instance: 'authentik.nixmox.lan:9300', labels: { component: 'authentik' } },
      ],
      caddy: [
        { address: '192.168.99.11:9180', instance: 'postgresql.nixmox.lan:9180', labels: on('proxy-metrics', 'other') },
      ],
      grafana: [{ address: '127.0.0.1:3000', instance: 'monitoring.nixmox.lan:3000', labels: on('boards', 'hub') }],
      loki: [{ address: '127.0.0.1:3100', instance: 'monitoring.nixmox.lan:3100', labels: on('logs', 'hub') }],
      postgresql: [
        { address: '192.168.99.11:9187', instance: 'postgresql.nixmox.lan:9187', labels: on('db-metrics', 'other') },
      ],
      unbound: [
        { address: '192.168.99.11:9167', instance: 'postgresql.nixmox.lan:9167', labels: on('names-metrics', 'other') },
      ],
    })
  })

  test('is no target where it is disabled, or was not said to serve metrics', () => {
    const disabled = Object.entries(components).map(([name, it]) => [name, { ...it, enabled: name === 'metrics' }])
    expect(targets(Object.fromEntries(disabled), nixmox)).toEqual({
      ...{ authentik: [], caddy: [], grafana: [], loki: [], postgresql: [], unbound: [] },
    })
    const silent = { metrics, authentik: { type: 'authentik', hosts: ['hub'] } }
    expect(targets(silent, nixmox).authentik).toEqual([])
  })

  test('is no target where it listens on loopback of another host', () => {
    const logs = { type: 'loki', hosts: ['other'], options: { listenAddress: '127.0.0.1' } }
    expect(targets({ metrics, logs }).loki).toEqual([])
    expect(targets({ metrics, logs: { ...logs, options: {} } }).loki).toMatchObject([{ address: '192.168.99.11:3100' }])
  })

  test('is part of what Prometheus is judged by, and so is Homeostat where it is said to be', () => {
    const watched = { ...metrics, options: { homeostat: '192.168.99.1:8080' } }
    const { probes } = renderGiven(given({ components: { ...components, metrics: watched }, manifest: nixmox }))
    const expected = probes.find((probe) => probe.kind === 'prometheus-targets')?.expect ?? []
    expect(expected.filter(({ job }) => job !== 'node').map(({ job, instance }) => `${job} ${instance}`)).toEqual([
      'prometheus monitoring.nixmox.lan:9090',
      'authentik authentik.nixmox.lan:9300',
      'caddy postgresql.nixmox.lan:9180',
      'grafana monitoring.nixmox.lan:3000',
      'loki monitoring.nixmox.lan:3100',
      'postgresql postgresql.nixmox.lan:9187',
      'unbound postgresql.nixmox.lan:9167',
      'homeostat 192.168.99.1:8080',
    ])
  })
})

describe('the health of Prometheus', () => {
  test('is judged by exactly the targets of the configuration', () => {
    const { resources, probes } = renderGiven(given({ manifest: nixmox }))
    const config = resources.find((it) => it.kind === 'file' && it.path.endsWith('/prometheus.yml'))
    const jobs = parse(config?.kind === 'file' ? config.content : '').scrape_configs as {
      job_name: string
      static_configs: { labels: { instance: string } }[]
    }[]
    const scraped = jobs.flatMap(({ job_name: job, static_configs: configs }) =>
      configs.map(({ labels }) => ({ job, instance: labels.instance })),
    )
    expect(scraped).toHaveLength(12)
    expect(probes.find((probe) => probe.kind === 'prometheus-targets')).toMatchObject({ expect: scraped })
    const samples = scraped.map((labels) => ({ labels, value: 1 }))
    expect(probes.find((probe) => probe.kind === 'promql')).toMatchObject({ query: 'up', expect: samples })
  })

  test('needs the rule files that are named', () => {
    const components = { metrics: { ...metrics, options: { ruleFiles: ['rules/a.rules'] } } }
    expect(() => renderGiven(given({ components }))).toThrow(
      'there is no file rules/a.rules in the desired-state directory',
    )
  })
})

describe('the node exporter listens', () => {
  const listens = (address: string, more: Partial<Given> = {}) => {
    const components = { exporter: { type: 'node-exporter', hosts: ['box'] } }
    const { resources } = renderGiven(
      given({ component: 'exporter', host: 'box', hosts: { box: address }, components, ...more }),
    )
    const dropIn = resources.find((it) => it.kind === 'file')
    return /--web\.listen-address=(\S+)|"--web\.listen-address=([^"]+)"/
      .exec(dropIn?.content ?? '')
      ?.slice(1)
      .join('')
  }

  test.each([
    ['192.168.99.11', '192.168.99.11:9100'],
    ['127.0.0.1', '127.0.0.1:9100'],
    ['fd00::1', '[fd00::1]:9100'],
  ])('at %s of its host on %s', (address, expected) => expect(listens(address)).toBe(expected))

  test('nowhere before it is told where, on a host that is known by its name', () => {
    const message = 'the address of box, box.example.net, is a name; expected options.listenAddress'
    expect(() => listens('box.example.net')).toThrow(message)
  })

  test("at the manifest's address where the host is reached by another", () => {
    const manifest = { services: { box: { ip: '10.0.0.7', hostname: 'box.example.net' } } }
    expect(listens('203.0.113.9', { manifest })).toBe('10.0.0.7:9100')
  })
})
