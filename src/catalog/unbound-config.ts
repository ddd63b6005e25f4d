// The text of unbound's configuration, in two files: what is read at its start only, and what a reload takes in.
import type { DnsNames, DnsRecord } from './dns-records.ts'

/** Debian's AppArmor profile lets unbound read below /etc/unbound only, and write its socket below its own directory. */
export const ETC = '/etc/unbound/homeostat'
export const CONTROL_SOCKET = '/var/lib/unbound/control.sock'

const HEADER = '# Written by Homeostat; a change made here is put back.'
/** Short, so that a name that moves is found soon; seconds. */
const TTL = 300

export interface ServerSettings {
  /** Beside loopback. */
  listenAddress: string
  dnssec: boolean
  extraConfig: string
}

export function serverConfig({ listenAddress, dnssec, extraConfig }: ServerSettings): string {
  const isEverywhere = listenAddress === '0.0.0.0'
  const addresses = isEverywhere ? [listenAddress] : [...new Set(['127.0.0.1', listenAddress])]
  const server = [
    ...addresses.map((address) => `interface: ${address}`),
    // Answers leave from the address that was asked.
    ...(isEverywhere ? ['interface-automatic: yes'] : []),
    'port: 53',
    // systemd runs it as its own user already.
    'username: ""',
    'chroot: ""',
    'directory: ""',
    'pidfile: ""',
    'use-syslog: no',
    'log-servfail: yes',
    'hide-identity: yes',
    'hide-version: yes',
    'harden-glue: yes',
    'harden-dnssec-stripped: yes',
    'harden-below-nxdomain: yes',
    'qname-minimisation: yes',
    'extended-statistics: yes',
    ...(dnssec ? ['trust-anchor-file: "/usr/share/dns/root.key"'] : ['module-config: "iterator"']),
  ]
  const control = ['control-enable: yes', `control-interface: ${CONTROL_SOCKET}`]
  return lines(
    HEADER,
    clause('server', server),
    clause('remote-control', control),
    `include-toplevel: "${ETC}/conf.d/*.conf"`,
    extraConfig.trimEnd(),
  )
}

export interface AnswerSettings {
  domain: string | undefined
  zone: 'static' | 'transparent'
  ownName: string
  names: DnsNames
  /** Networks that may ask. */
  allow: string[]
  forwarders: string[]
}

export function answersConfig({ domain, zone, ownName, names, allow, forwarders }: AnswerSettings): string {
  const server = [
    'access-control: 0.0.0.0/0 refuse',
    'access-control: ::0/0 refuse',
    ...allow.map((network) => `access-control: ${network} allow`),
    ...(domain === undefined ? [] : zoneLines(domain, zone, ownName)),
    ...[...names.machines, ...names.sites].flatMap(recordLines),
    ...reverseLines(names.machines),
  ]
  const forward = ['name: "."', ...forwarders.map((address) => `forward-addr: ${address}`)]
  return lines(HEADER, clause('server', server), ...(forwarders.length === 0 ? [] : [clause('forward-zone', forward)]))
}

function zoneLines(domain: string, zone: string, ownName: string): string[] {
  const soa = `${ownName}. hostmaster.${domain}. 1 3600 1200 604800 ${TTL}`
  return [
    `local-zone: "${domain}." ${zone}`,
    `local-data: "${domain}. ${TTL} IN SOA ${soa}"`,
    `local-data: "${domain}. ${TTL} IN NS ${ownName}."`,
  ]
}

function recordLines({ name, addresses }: DnsRecord): string[] {
  return addresses.map(
    (address) => `local-data: "${name}. ${TTL} IN ${address.includes(':') ? 'AAAA' : 'A'} ${address}"`,
  )
}

/** An address has one name to lead back to: the first. */
function reverseLines(machines: DnsRecord[]): string[] {
  const first = new Map<string, string>()
  for (const { name, addresses } of machines)
    for (const address of addresses) if (!first.has(address)) first.set(address, name)
  return [...first].map(([address, name]) => `local-data-ptr: "${address} ${TTL} ${name}"`)
}

function clause(name: string, settings: string[]): string {
  return `${name}:\n${settings.map((line) => `    ${line}`).join('\n')}`
}

function lines(...parts: string[]): string {
  return `${parts.filter((part) => part !== '').join('\n')}\n`
}
