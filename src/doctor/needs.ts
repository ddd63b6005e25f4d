// Which hosts need to reach each other: read out of what is deployed, so that every kind of component is in it.
import type { HostSpec } from '../model/host.ts'
import type { Manifest } from '../model/manifest.ts'
import type { Target } from '../model/target.ts'

export interface Connection {
  /** Who needs it. */
  component: string
  /** As its configuration names it. */
  address: string
  port: number
  /** The host that is meant, by the name a person knows. */
  to: string
}

/**
 * Every address and port of another host that stands in the files of a target. Addresses and names are those of hosts and of the
 * manifest's services; all others are nobody's business here.
 */
export function connectionsOf(
  target: Target,
  hosts: Record<string, HostSpec>,
  manifest: Manifest | undefined,
): Connection[] {
  const known = knownPlaces(hosts, manifest)
  const own = known.get(hosts[target.host]?.address ?? '')
  const found = new Map<string, Connection>()
  for (const resource of target.resources) {
    if (resource.kind !== 'file') continue
    for (const [, address = '', port] of resource.content.matchAll(PLACE)) {
      const to = known.get(address)
      if (to === undefined || to === own || Number(port) > 65_535) continue
      const place = `${to}:${port}`
      // The name of a place stands beside its address for people to read.
      if (!found.has(place) || /^[\d.]+$/.test(address))
        found.set(place, { component: target.component, address, port: Number(port), to })
    }
  }
  return [...found.values()]
}

const PLACE = /(?<![\w.-])([A-Za-z0-9][A-Za-z0-9.-]*):(\d{1,5})(?![\w.:])/g

/** One name for all that a machine is called by. */
function knownPlaces(hosts: Record<string, HostSpec>, manifest: Manifest | undefined): Map<string, string> {
  const known = new Map<string, string>()
  for (const [name, { ip, hostname, enable }] of Object.entries({
    ...manifest?.core_services,
    ...manifest?.services,
  })) {
    if (!enable) continue
    const to = Object.values(hosts).find(({ address }) => address === ip)?.name ?? known.get(ip) ?? name
    known.set(ip, to)
    known.set(hostname, to)
  }
  for (const { name, address } of Object.values(hosts)) known.set(address, name)
  return known
}

/** Names that the manifest gives, and the addresses that they should have. */
export function expectedNames(manifest: Manifest | undefined): Record<string, string> {
  const services = Object.values({ ...manifest?.core_services, ...manifest?.services })
  return Object.fromEntries(
    services
      .filter(({ enable, hostname }) => enable && hostname.includes('.'))
      .map(({ hostname, ip }) => [hostname, ip]),
  )
}
