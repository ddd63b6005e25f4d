// Who serves metrics beside the machines themselves: every component type that does, the job it is scraped as, and where it listens. Only
// what is in the desired state is a target: one that can never be up would keep Prometheus from ever being healthy.
import type { z } from 'zod'
import { addressForOthers, hostPort } from './address.ts'
import { authentikOptions } from './authentik.ts'
import { caddyExporterOptions } from './caddy-exporter-options.ts'
import type { Listening } from './clients.ts'
import type { ComponentType, RenderContext } from './define-type.ts'
import { serviceAddress, serviceOf } from './external-service.ts'
import { grafanaOptions } from './grafana-options.ts'
import { lokiOptions } from './loki.ts'
import { instancesOf } from './peers.ts'
import { postgresExporterOptions } from './postgres-exporter.ts'
import { found, type ScrapeTarget, servedBy } from './scrape-targets.ts'
import { unboundExporterOptions } from './unbound-exporter.ts'

type Targets = (context: RenderContext) => ScrapeTarget[]

/** By job. */
const jobs: Record<string, Targets> = {
  authentik: authentikTargets,
  caddy: served(caddyExporterOptions),
  grafana: served(grafanaOptions),
  loki: served(lokiOptions),
  postgresql: served(postgresExporterOptions),
  unbound: served(unboundExporterOptions),
}

export const servedJobs = Object.keys(jobs)

/** The targets of every job, as seen from the host that is rendered for; a job may have none. */
export function servedTargets(context: RenderContext): Record<string, ScrapeTarget[]> {
  return Object.fromEntries(Object.entries(jobs).map(([job, targets]) => [job, targets(context)]))
}

/** One for every enabled component of a type and each of its hosts, but for those that listen on loopback of another host. */
function served<Schema extends z.ZodType<Listening>>(type: Pick<ComponentType<Schema>, 'type' | 'options'>): Targets {
  return (context) => instancesOf(type, context).flatMap((it) => found(type.type, it, context))
}

/** Others run it: it is where its component looks for it. */
function authentikTargets(context: RenderContext): ScrapeTarget[] {
  return instancesOf(authentikOptions, context).flatMap(({ component, host, options }) => {
    const { metricsPort } = options
    if (metricsPort === undefined) return []
    const service = serviceOf({ ...context, component }, 'authentik')
    const address = serviceAddress(options.address, service, 'authentik')
    const instance = hostPort(service?.hostname ?? address, metricsPort)
    // It may be looked at from another machine than its own.
    const labels: Record<string, string> =
      address === addressForOthers(context.manifest, host) ? { host: host.name } : {}
    return [servedBy({ component, host }, { address: hostPort(address, metricsPort), instance, labels })]
  })
}
