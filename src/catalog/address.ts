// Where a service listens, and where it is found from its own host and from others.
import type { HostSpec } from '../model/host.ts'
import type { Manifest, ManifestService } from '../model/manifest.ts'
import { RenderError } from './define-type.ts'
import { ipAddress } from './scalars.ts'

/** `address:port`, with the brackets that IPv6 needs. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The address by which a service on this very host is reached, given where it listens. */
export function fromItsHost(listenAddress: string): string {
  if (listenAddress === '0.0.0.0') return '127.0.0.1'
  return listenAddress === '::' ? '::1' : listenAddress
}

/** True where nobody but the host itself can connect. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

export function isIp(address: string): boolean {
  return ipAddress.safeParse(address).success
}

/** The manifest's entry for a host: the one of its address, else the one of its name. Disabled entries count too. */
export function manifestEntry(manifest: Manifest | undefined, host: HostSpec): ManifestService | undefined {
  const all = { ...manifest?.core_services, ...manifest?.services }
  return (
    Object.values(all).find((service) => service.ip === host.address) ??
    (Object.hasOwn(all, host.name) ? all[host.name] : undefined)
  )
}

/** The name a person knows the host by: the manifest's hostname, else the name of the Host. */
export function readableName(manifest: Manifest | undefined, host: HostSpec): string {
  return manifestEntry(manifest, host)?.hostname ?? host.name
}

/** The address at which other hosts reach this one: the manifest's, else the one we use ourselves. */
export function addressForOthers(manifest: Manifest | undefined, host: HostSpec): string {
  return manifestEntry(manifest, host)?.ip ?? host.address
}

/** What other hosts, and the manifest, may call this one. */
export function namesOf(manifest: Manifest | undefined, host: HostSpec): string[] {
  const entry = manifestEntry(manifest, host)
  return [host.address, host.name, ...(entry === undefined ? [] : [entry.ip, entry.hostname])]
}

/**
 * Where a service for others listens: as the option says, else at the address where they find the host. Throws `RenderError` when that
 * is no IP: to listen everywhere is not for us to decide.
 */
export function listeningAddress(
  option: string | undefined,
  { manifest, host }: { manifest: Manifest | undefined; host: HostSpec },
): string {
  if (option !== undefined) return option
  const address = addressForOthers(manifest, host)
  if (isIp(address)) return address
  throw new RenderError(
    `the address of ${host.name}, ${address}, is a name; expected options.listenAddress: one of its IP addresses, or 0.0.0.0 for all`,
    'spec.options.listenAddress',
  )
}
