// Which ports the components of a host serve over the network, and who needs each of them. What listens on loopback only is not among
// them, nor is what everybody may use: the sites of the proxy, and exporters where no Prometheus is ours.
import type { z } from 'zod'
import { isLoopback, listeningAddress } from './address.ts'
import { alertmanagerOptions } from './alertmanager-options.ts'
import { alloyOptions } from './alloy.ts'
import { caddyExporterOptions } from './caddy-exporter-options.ts'
import { clientsOf, isForOthers, type Listening, listensAt } from './clients.ts'
import { type ComponentType, type RenderContext, RenderError } from './define-type.ts'
import { grafanaOptions } from './grafana-options.ts'
import { lokiOptions } from './loki.ts'
import { nodeExporterOptions } from './node-exporter.ts'
import { type Instance, instancesOf } from './peers.ts'
import { postgresExporterOptions } from './postgres-exporter.ts'
import { listeningBeside, postgresqlOptions } from './postgresql.ts'
import { PORT, servedDatabases } from './postgresql-databases.ts'
import { prometheusOptions } from './prometheus.ts'
import { promtailOptions } from './promtail.ts'
import { networksOf, unboundOptions } from './unbound.ts'
import { unboundExporterOptions } from './unbound-exporter.ts'

export interface ServedPort {
  component: string
  protocols: ('tcp' | 'udp')[]
  port: number
  /** Where it listens. */
  address: string
  /** Addresses and networks of those who need it, sorted. */
  from: string[]
  /** Who they are, for people; empty where that is not known. */
  clients: string[]
  /** Clients of which no address is known that they could come from. */
  unknown: string[]
}

type Type<Schema extends z.ZodType = z.ZodType> = Pick<ComponentType<Schema>, 'type' | 'options'>

const types: Type<z.ZodType<Listening>>[] = [
  alertmanagerOptions,
  alloyOptions,
  caddyExporterOptions,
  grafanaOptions,
  lokiOptions,
  nodeExporterOptions,
  postgresExporterOptions,
  prometheusOptions,
  promtailOptions,
  unboundExporterOptions,
]

/** Sorted by port. Throws `RenderError` where it cannot be told where something listens. */
export function servedPorts(context: RenderContext): ServedPort[] {
  const all = [
    ...types.flatMap((type) => here(type, context).flatMap((it) => plainPort(type.type, it, context))),
    ...here(postgresqlOptions, context).flatMap((it) => databasePort(it, context)),
    ...here(unboundOptions, context).flatMap((it) => namePort(it, context)),
  ]
  return all.filter(({ address }) => !isLoopback(address)).sort((a, b) => a.port - b.port)
}

function here<Schema extends z.ZodType>(type: Type<Schema>, context: RenderContext): Instance<z.output<Schema>>[] {
  return instancesOf(type, context).filter(({ host }) => host.name === context.host.name)
}

function plainPort(type: string, { component, options }: Instance<Listening>, context: RenderContext): ServedPort[] {
  const clients = clientsOf(type, options, context)
  if (isForOthers(type, clients)) return []
  const address = listensAt(type, options, context)
  const others = clients
    .filter(({ host }) => host !== context.host.name)
    .map((client) => ({ ...client, addresses: client.addresses.filter((from) => canReach(from, address)) }))
  const from = sorted(others.flatMap(({ addresses }) => addresses))
  const names = sorted(others.map(({ name }) => name))
  const unknown = others.filter(({ addresses }) => addresses.length === 0).map(({ name, host }) => `${name} on ${host}`)
  return [{ component, protocols: ['tcp'], port: options.port, address, from, clients: names, unknown }]
}

function databasePort(
  { component, options }: Instance<z.output<typeof postgresqlOptions.options>>,
  context: RenderContext,
): ServedPort[] {
  const databases = servedDatabases(context)
  const address = listeningBeside(options, databases, context)
  if (address === undefined) return []
  const from = sorted(databases.flatMap(({ clients }) => clients))
  const clients = sorted(databases.map(({ name }) => name))
  return [{ component, protocols: ['tcp'], port: PORT, address, from, clients, unknown: [] }]
}

function namePort(
  { component, options }: Instance<z.output<typeof unboundOptions.options>>,
  context: RenderContext,
): ServedPort[] {
  const address = listeningAddress(options.listenAddress, context)
  const from = sorted(networksOf(options, context))
  return [{ component, protocols: ['tcp', 'udp'], port: 53, address, from, clients: [], unknown: [] }]
}

function sorted(texts: string[]): string[] {
  return [...new Set(texts)].sort()
}

/** Whether who comes from an address or network can connect to this one: of the same family, but for what listens on all. */
export function canReach(from: string, address: string): boolean {
  return isAll(address) || from.includes(':') === address.includes(':')
}

export function isAll(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** Throws `RenderError` where somebody needs a port and nobody knows where it comes from. */
export function refuseUnknown({ component, address, unknown }: ServedPort): void {
  const [first] = unknown
  if (first === undefined) return
  throw new RenderError(
    `${first} needs ${component} at ${address}, and it is not known from which address it comes; expected its ip in the manifest, or ` +
      `options.admit.${component}`,
    'spec.options.admit',
  )
}
