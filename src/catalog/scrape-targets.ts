// What Prometheus shall scrape: derived from the manifest and the other components, never typed a second time. The same
// list becomes the configuration and the expectation that it is judged by.
import type { HostSpec } from '../model/host.ts'
import { type ComponentKey, componentKey } from '../model/key.ts'
import type { ManifestService } from '../model/manifest.ts'
import { addressForOthers, hostPort, readableName } from './address.ts'
import { alertmanagerOptions } from './alertmanager-options.ts'
import { foundAt, type Listening } from './clients.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { nodeExporterOptions } from './node-exporter.ts'
import { type Instance, instancesOf } from './peers.ts'
import type { Endpoint } from './probes.ts'

export interface ScrapeTarget {
  /** `address:port` that is connected to: an IP wherever one is known, so that scraping does not hang on DNS. */
  address: string
  /** The `instance` label: `hostname:port`, as a person knows the machine. */
  instance: string
  /** Labels beside `job` and `instance`: `host` and `component` as we call them, by which alerts are told together. */
  labels: Record<string, string>
  /** Who serves it; absent where that is none of our components. */
  by?: ComponentKey
}

const NODE_PORT = 9100

/**
 * The node exporters: one for every enabled service of the manifest, whatever runs there. Without a manifest, one for
 * every host that has the node exporter. Sorted by instance.
 */
export function nodeTargets(context: RenderContext): ScrapeTarget[] {
  const exporters = instancesOf(nodeExporterOptions, context)
  const { manifest } = context
  if (manifest === undefined) return byInstance(exporters.map((it) => servedBy(it, nodeTarget(it, context))))
  const services = Object.entries({ ...manifest.core_services, ...manifest.services })
  return byInstance(
    services
      .filter(([, service]) => service.enable)
      .map(([name, service]) => {
        const here = exporterOf(exporters, name, service)
        const port = (here ?? exporters[0])?.options.port ?? NODE_PORT
        const instance = hostPort(service.hostname, port)
        const labels = { service: name, host: here?.host.name ?? name }
        if (here === undefined) return { address: hostPort(service.ip, port), instance, labels }
        return servedBy(here, { ...nodeTarget(here, context, service.ip), instance, labels })
      }),
  )
}

/** The Alertmanagers that can be reached from this host. Throws `RenderError` when there are some but none is in reach. */
export function alertmanagerTargets(context: RenderContext): ScrapeTarget[] {
  const all = instancesOf(alertmanagerOptions, context)
  const inReach = all.flatMap((it) => found('alertmanager', it, context))
  const [first] = all
  if (first !== undefined && inReach.length === 0) {
    throw new RenderError(
      `${first.component} listens on ${first.options.listenAddress} of ${first.host.name} only, where ${context.component} on ` +
        `${context.host.name} cannot reach it: leave out its listenAddress, or run both on the same host`,
      'spec.hosts',
    )
  }
  return byInstance(inReach)
}

/** Where a component is scraped; none where it is out of reach. */
export function found(type: string, it: Instance<Listening>, context: RenderContext): ScrapeTarget[] {
  const address = foundAt(type, it, context)
  return address === undefined ? [] : [servedBy(it, onHost(context, it.host, { address, port: it.options.port }))]
}

/** A node exporter out of reach is a target all the same: it is there to be scraped. */
function nodeTarget({ host, options }: Instance<Listening>, context: RenderContext, ip?: string): ScrapeTarget {
  const isHere = host.name === context.host.name
  const address = isHere ? foundAt('node-exporter', { host, options }, context) : ip
  return onHost(context, host, { address: address ?? addressForOthers(context.manifest, host), port: options.port })
}

/** A service on one of our hosts, at the place where it is found. */
export function onHost({ manifest }: RenderContext, host: HostSpec, { address, port }: Endpoint): ScrapeTarget {
  const instance = hostPort(readableName(manifest, host), port)
  return { address: hostPort(address, port), instance, labels: { host: host.name } }
}

/** The target with the label that says which component serves it. */
export function servedBy(
  { component, host }: Pick<Instance<unknown>, 'component' | 'host'>,
  target: ScrapeTarget,
): ScrapeTarget {
  return { ...target, labels: { ...target.labels, component }, by: componentKey(component, host.name) }
}

/** The exporter of a service's machine, where we run it. */
function exporterOf(exporters: Instance<{ port: number }>[], name: string, service: ManifestService) {
  return exporters.find(({ host }) => host.address === service.ip) ?? exporters.find(({ host }) => host.name === name)
}

function byInstance(targets: ScrapeTarget[]): ScrapeTarget[] {
  const sorted = [...targets].sort((a, b) => (a.instance < b.instance ? -1 : 1))
  return sorted.filter(({ instance }, index) => sorted[index - 1]?.instance !== instance)
}
