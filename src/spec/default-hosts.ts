// Hosts that nobody had to write: every machine of the manifest is one, reached in the usual way, unless a Host says otherwise.
import { resourceName } from '../catalog/scalars.ts'
import type { HostSpec } from '../model/host.ts'
import type { Manifest } from '../model/manifest.ts'
import { hostSpec, toHost } from './host-document.ts'
import type { Unit } from './unit.ts'

/** All hosts of these documents, sorted by name. */
export function hostsOf(units: readonly Unit[]): HostSpec[] {
  const written = units.flatMap((unit) => (unit.kind === 'Host' ? unit.value : []))
  const manifest = units.find((unit) => unit.kind === 'Manifest')?.value
  const all = manifest === undefined ? written : [...written, ...defaultHosts(manifest, written)]
  return all.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/**
 * One host for each enabled service, called like it, at its `ip`. None where a Host has that name or is that machine already, for the second
 * of two services on one machine, and for a name that no Host could have.
 */
export function defaultHosts(manifest: Manifest, written: readonly HostSpec[] = []): HostSpec[] {
  const names = new Set(written.map(({ name }) => name))
  const addresses = new Set(written.map(({ address }) => address))
  const services = Object.entries({ ...manifest.core_services, ...manifest.services })
  return services.sort(byName).flatMap(([name, { enable, ip, hostname }]) => {
    const isKnown = names.has(name) || addresses.has(ip) || addresses.has(hostname)
    if (!enable || isKnown || !resourceName.safeParse(name).success) return []
    addresses.add(ip)
    return [toHost({ metadata: { name, labels: {} }, spec: hostSpec.parse({ address: ip }) })]
  })
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1
}
