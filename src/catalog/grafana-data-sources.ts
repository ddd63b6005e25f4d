// Where Grafana's data comes from: the Prometheus and the Loki of the desired state, each under a uid that dashboards can name.
import { type ComponentKey, componentKey } from '../model/key.ts'
import { hostPort } from './address.ts'
import { foundAt, type Listening } from './clients.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { lokiOptions } from './loki.ts'
import { type Instance, instancesOf, nearest } from './peers.ts'
import { prometheusOptions } from './prometheus.ts'

export interface DataSource {
  /** Also its uid. */
  type: 'prometheus' | 'loki'
  name: string
  url: string
  jsonData: Record<string, unknown>
  by: ComponentKey
}

/** The nearest of each kind. Throws `RenderError` when there is one and none is in reach. */
export function dataSources(context: RenderContext): DataSource[] {
  const prometheus = nearest(instancesOf(prometheusOptions, context), context.host)
  const loki = nearest(instancesOf(lokiOptions, context), context.host)
  return [
    ...(prometheus === undefined
      ? []
      : [
          {
            type: 'prometheus' as const,
            name: 'Prometheus',
            url: urlOf('prometheus', prometheus, context),
            // So that `$__rate_interval` of the dashboards spans enough samples.
            jsonData: { httpMethod: 'POST', timeInterval: prometheus.options.scrapeInterval },
            by: keyOf(prometheus),
          },
        ]),
    ...(loki === undefined
      ? []
      : [
          {
            type: 'loki' as const,
            name: 'Loki',
            url: urlOf('loki', loki, context),
            jsonData: {},
            by: keyOf(loki),
          },
        ]),
  ]
}

function keyOf({ component, host }: Instance<unknown>): ComponentKey {
  return componentKey(component, host.name)
}

function urlOf(type: string, one: Instance<Listening>, context: RenderContext): string {
  const { component, host, options } = one
  const address = foundAt(type, one, context)
  if (address !== undefined) return `http://${hostPort(address, options.port)}`
  throw new RenderError(
    `${component} listens on ${options.listenAddress} of ${host.name} only, where ${context.component} on ${context.host.name} cannot ` +
      `reach it: leave out its listenAddress, or run both on the same host`,
    'spec.hosts',
  )
}
