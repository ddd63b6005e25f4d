// Where Grafana's data comes from: the Prometheus and the Loki of the desired state, each under a uid that dashboards can name.
import { addressForOthers, fromItsHost, hostPort, isLoopback } from './address.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { lokiListenAddress, lokiOptions } from './loki.ts'
import { type Instance, instancesOf } from './peers.ts'
import { prometheusOptions } from './prometheus.ts'

export interface DataSource {
  /** Also its uid. */
  type: 'prometheus' | 'loki'
  name: string
  url: string
  jsonData: Record<string, unknown>
}

/** The nearest of each kind. Throws `RenderError` when there is one and none is in reach. */
export function dataSources(context: RenderContext): DataSource[] {
  const prometheus = nearest(instancesOf(prometheusOptions, context), context)
  const loki = nearest(instancesOf(lokiOptions, context), context)
  return [
    ...(prometheus === undefined
      ? []
      : [
          {
            type: 'prometheus' as const,
            name: 'Prometheus',
            url: urlOf(prometheus, prometheus.options.listenAddress, context),
            // So that `$__rate_interval` of the dashboards spans enough samples.
            jsonData: { httpMethod: 'POST', timeInterval: prometheus.options.scrapeInterval },
          },
        ]),
    ...(loki === undefined
      ? []
      : [
          {
            type: 'loki' as const,
            name: 'Loki',
            url: urlOf(loki, lokiListenAddress(loki.options, { ...context, host: loki.host }), context),
            jsonData: {},
          },
        ]),
  ]
}

function nearest<Options>(all: Instance<Options>[], { host }: RenderContext): Instance<Options> | undefined {
  return all.find((one) => one.host.name === host.name) ?? all[0]
}

function urlOf(
  { component, host, options }: Instance<{ port: number }>,
  listen: string,
  context: RenderContext,
): string {
  if (host.name === context.host.name) return `http://${hostPort(fromItsHost(listen), options.port)}`
  if (!isLoopback(listen)) return `http://${hostPort(addressForOthers(context.manifest, host), options.port)}`
  throw new RenderError(
    `${component} listens on ${listen} of ${host.name} only, where ${context.component} on ${context.host.name} cannot reach ` +
      `it: give ${component} a listenAddress, or run both on the same host`,
    'spec.hosts',
  )
}
