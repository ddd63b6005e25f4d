// Who connects to a service: told from the other components and the manifest's proxy entries, so that it listens no further than it has
// to, and is found where it listens.
import type { HostSpec } from '../model/host.ts'
import type { Manifest } from '../model/manifest.ts'
import { addressForOthers, fromItsHost, isIp, isLoopback, listeningAddress, namesOf } from './address.ts'
import type { RenderContext } from './define-type.ts'
import { nearest } from './peers.ts'

export interface Client {
  /** Name of the component or of the manifest's service. */
  name: string
  /** Name of its host. */
  host: string
  /** Where its connections come from; empty where only a name is known. */
  addresses: string[]
}

/** What the options of every type with a port say of where it listens. */
export interface Listening {
  port: number
  listenAddress?: string | undefined
}

/** Who else is there, and the host of the service. */
export type Around = Pick<RenderContext, 'host' | 'manifest' | 'peers'>

/** Whether components of a type connect to all of another, or to the nearest. */
type Reach = 'every' | 'nearest'

const SCRAPED: Record<string, Reach> = { prometheus: 'every' }

/** By type, the types that connect to it. */
const USERS: Record<string, Record<string, Reach>> = {
  alertmanager: SCRAPED,
  alloy: SCRAPED,
  'caddy-exporter': SCRAPED,
  grafana: SCRAPED,
  loki: { ...SCRAPED, alloy: 'nearest', grafana: 'nearest', promtail: 'nearest' },
  'node-exporter': SCRAPED,
  'postgres-exporter': SCRAPED,
  prometheus: { grafana: 'nearest' },
  promtail: SCRAPED,
  'unbound-exporter': SCRAPED,
}

/** Nothing but scraped: without a Prometheus of ours, it is there for one that others run. */
const EXPORTERS = ['caddy-exporter', 'node-exporter', 'postgres-exporter', 'unbound-exporter']

/** Who connects to a component of that type on the host that is rendered for; those on the host itself too. */
export function clientsOf(type: string, { port }: Listening, context: Around): Client[] {
  const users = context.peers.flatMap((peer) => {
    const reach = USERS[type]?.[peer.type]
    if (!peer.enabled || reach === undefined) return []
    const hosts = peer.hosts.filter((host) => reach === 'every' || isNearest(type, host, context))
    return hosts.map((host) => clientAt(peer.name, host, context))
  })
  return [...users, ...proxiesTo(port, context)]
}

/** Whether nobody is known who connects to it, and that is as it should be: its users are others'. */
export function isForOthers(type: string, clients: Client[]): boolean {
  return clients.length === 0 && EXPORTERS.includes(type)
}

/** Where a service listens: as its option says; on loopback while all who connect run on its host; else at the host's address. */
export function listensAt(type: string, options: Listening, context: Around): string {
  if (options.listenAddress !== undefined) return options.listenAddress
  const clients = clientsOf(type, options, context)
  const isAmongUs = !isForOthers(type, clients) && clients.every(({ host }) => host === context.host.name)
  return isAmongUs ? '127.0.0.1' : listeningAddress(undefined, context)
}

/** Where a service is found from the host that is rendered for; undefined where it listens on loopback of another one. */
export function foundAt(
  type: string,
  { host, options }: { host: HostSpec; options: Listening },
  context: Around,
): string | undefined {
  if (host.name === context.host.name) return fromItsHost(listensAt(type, options, context))
  const { listenAddress } = options
  const isKept = listenAddress !== undefined && isLoopback(listenAddress)
  return isKept ? undefined : addressForOthers(context.manifest, host)
}

function isNearest(type: string, from: HostSpec, { peers, host }: Around): boolean {
  const all = peers.filter((peer) => peer.enabled && peer.type === type).flatMap(({ hosts }) => hosts)
  return (
    nearest(
      all.map((host) => ({ host })),
      from,
    )?.host.name === host.name
  )
}

function clientAt(name: string, host: HostSpec, { manifest }: Around): Client {
  const addresses = new Set([addressForOthers(manifest, host), host.address])
  return { name, host: host.name, addresses: [...addresses].filter(isIp) }
}

/** Every proxy, where a site leads to this port of the host. */
function proxiesTo(port: number, context: Around): Client[] {
  const { manifest, host } = context
  const upstreams = manifest === undefined ? [] : upstreamsOf(manifest).filter((it) => it.port === port)
  const names = namesOf(manifest, host)
  return proxies(context).filter((proxy) =>
    upstreams.some((it) => (isLocal(it.host) ? proxy.host === host.name : names.includes(it.host))),
  )
}

/** Those of the components; without one, the manifest's service `caddy`. */
function proxies(context: Around): Client[] {
  const ours = context.peers.filter((peer) => peer.enabled && peer.type === 'caddy')
  if (ours.length > 0) return ours.flatMap(({ name, hosts }) => hosts.map((host) => clientAt(name, host, context)))
  const { core_services = {}, services = {} } = context.manifest ?? {}
  const other = Object.entries({ ...core_services, ...services }).find(
    ([name, { enable }]) => enable && name === 'caddy',
  )
  return other === undefined ? [] : [{ name: 'caddy', host: hostAt(other[1].ip, context), addresses: [other[1].ip] }]
}

/** The name of this host, where it is meant. */
function hostAt(ip: string, { manifest, host }: Around): string {
  return namesOf(manifest, host).includes(ip) ? host.name : 'caddy'
}

function upstreamsOf({ core_services, services }: Manifest): { host: string; port: number }[] {
  return Object.values({ ...core_services, ...services })
    .filter(({ enable }) => enable)
    .flatMap((service) => Object.values(service.interface.proxy ?? {}))
    .flatMap(({ upstream }) => {
      const [, scheme, host, port] = UPSTREAM.exec(upstream) ?? []
      if (host === undefined) return []
      const usual = scheme === 'https' ? 443 : 80
      return [{ host: host.replace(/^\[(.*)\]$/, '$1'), port: port === undefined ? usual : Number(port) }]
    })
}

const UPSTREAM = /^(?:(https?|h2c):\/\/)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/

function isLocal(host: string): boolean {
  return host === 'localhost' || isLoopback(host)
}
