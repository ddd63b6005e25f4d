// Which hosts a lab has: the shipped four of the seed, or what a test asks for. Pure.
import { isIPv4 } from 'node:net'
import { LabError } from './lab-error.ts'

export interface LabHostSpec {
  name: string
  /** IPv4 address within 192.168.99.0/24. */
  address: string
  /** Machines that others run, which this host plays too, under addresses and names of their own. */
  plays?: { name: string; address: string }[]
  /** Stand-ins for what others run, started with the host: names of files in `stand-ins`. */
  standIns?: string[]
}

export const labDomain = 'nixmox.lan'
/** The lab's own end of the bridge: where the controller's connections come from. */
export const labAddress = '192.168.99.1'
export const labPrefix = 24
/** Name of the bridge inside the lab's namespace. */
export const bridge = 'lab0'

/** The hosts of the shipped desired state; the last one plays what others run. */
export const shippedHosts: LabHostSpec[] = [
  { name: 'monitoring', address: '192.168.99.18' },
  { name: 'postgresql', address: '192.168.99.11' },
  { name: 'caddy', address: '192.168.99.10' },
  { name: 'dns', address: '192.168.99.13' },
  {
    name: 'authentik',
    address: '192.168.99.12',
    plays: [{ name: 'mail', address: '192.168.99.19' }],
    standIns: ['authentik', 'mail'],
  },
]

/** @throws LabError `usage`, naming the host, for a bad or repeated name or address */
export function checkHosts(hosts: LabHostSpec[]): void {
  if (hosts.length === 0) throw new LabError('usage', 'a lab needs at least one host')
  const seen = new Set<string>()
  for (const { name, address } of machinesOf(hosts)) {
    if (!/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/.test(name)) throw new LabError('usage', `"${name}" is not a host name`)
    if (!isIPv4(address) || !address.startsWith('192.168.99.') || address === labAddress) {
      throw new LabError('usage', `${name}: ${address} is not an address of the lab (192.168.99.2 to 192.168.99.254)`)
    }
    for (const key of [name, address]) {
      if (seen.has(key)) throw new LabError('usage', `${key} is given to two hosts`)
      seen.add(key)
    }
  }
}

/** Hosts and what they play. */
function machinesOf(hosts: LabHostSpec[]): { name: string; address: string }[] {
  return hosts.flatMap((host) => [host, ...(host.plays ?? [])])
}

/** `/etc/hosts` of every host: each knows all the others by short and by full name. */
export function hostsFile(hosts: LabHostSpec[]): string {
  const lines = machinesOf(hosts).map(({ name, address }) => `${address} ${name}.${labDomain} ${name}`)
  return ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', ...lines, ''].join('\n')
}

/** `known_hosts` with every host's real key under its address and its names. */
export function knownHostsFile(keys: { host: LabHostSpec; publicKey: string }[]): string {
  return keys
    .map(({ host: { name, address }, publicKey }) => `${address},${name},${name}.${labDomain} ${publicKey}\n`)
    .join('')
}
