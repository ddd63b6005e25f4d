// The names of the network, out of the manifest: machines by their host names, sites by their domains at the proxy.
import { addressForOthers, isIp, readableName } from './address.ts'
import type { RenderContext } from './define-type.ts'

export interface DnsRecord {
  name: string
  /** Sorted. */
  addresses: string[]
}

export interface DnsNames {
  /** Machines; each address leads back to the first of its names. */
  machines: DnsRecord[]
  /** Sites of the reverse proxy, but for those that are called like a machine. */
  sites: DnsRecord[]
}

/** What enabled services are called. `more` are names of the user's own; they are taken as they are. */
export function dnsNames(context: RenderContext, more: Record<string, string[]> = {}): DnsNames {
  const machines = merged([...machineNames(context), ...Object.entries(more)])
  const taken = new Set(machines.map(({ name }) => name))
  return { machines, sites: siteNames(context).filter(({ name }) => !taken.has(name)) }
}

/** The host's own name, as a whole. */
export function ownName({ manifest, host }: RenderContext): string {
  return whole(readableName(manifest, host), manifest?.network.domain)
}

function machineNames({ manifest }: RenderContext): [string, string[]][] {
  const services = Object.values({ ...manifest?.core_services, ...manifest?.services })
  return services
    .filter(({ enable, hostname }) => enable && !isIp(hostname))
    .map(({ hostname, ip }) => [whole(hostname, manifest?.network.domain), [ip]])
}

/** A name without a dot is one of the network's domain. */
function whole(name: string, domain: string | undefined): string {
  return (name.includes('.') || domain === undefined ? name : `${name}.${domain}`).toLowerCase()
}

function siteNames(context: RenderContext): DnsRecord[] {
  const { manifest } = context
  const addresses = proxyAddresses(context)
  if (addresses.length === 0) return []
  const services = Object.values({ ...manifest?.core_services, ...manifest?.services })
  const domains = services
    .filter(({ enable }) => enable)
    .flatMap((service) => Object.values(service.interface.proxy ?? {}).map(({ domain }) => domain))
  return merged(domains.filter((domain) => !isIp(domain)).map((domain) => [domain.toLowerCase(), addresses]))
}

/** Where the reverse proxy runs: the hosts of the components of type caddy, else the manifest's service of that name. */
function proxyAddresses({ manifest, peers }: RenderContext): string[] {
  const hosts = peers.filter(({ enabled, type }) => enabled && type === 'caddy').flatMap((peer) => peer.hosts)
  const found = hosts.map((host) => addressForOthers(manifest, host)).filter(isIp)
  const named = manifest?.core_services.caddy ?? manifest?.services.caddy
  return found.length > 0 || named === undefined ? [...new Set(found)] : [named.ip]
}

function merged(entries: [string, string[]][]): DnsRecord[] {
  const byName = new Map<string, Set<string>>()
  for (const [name, addresses] of entries) {
    const known = byName.get(name) ?? new Set()
    for (const address of addresses) known.add(address)
    byName.set(name, known)
  }
  return [...byName]
    .map(([name, addresses]) => ({ name, addresses: [...addresses].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
