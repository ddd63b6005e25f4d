// Decides whether the key a server offers is the host that is meant: pinned keys first, else known_hosts. There is no
// option that accepts an unknown key.
import { readFile } from 'node:fs/promises'
import type { HostSpec } from '../model/host.ts'
import { fingerprint, keyType } from './host-key.ts'
import { type KnownKeys, knownHostsName, lookUp } from './known-hosts.ts'
import { TransportError } from './transport.ts'

export interface Trust {
  host: HostSpec
  /** The name looked up in known_hosts. */
  name: string
  keys: { type: string; key: Buffer }[]
  /** Pins of the form `SHA256:…`; the type of such a key is not known beforehand. */
  fingerprints: string[]
  revoked: Buffer[]
  hasAuthority: boolean
  /** Where the keys came from, for a person: files, or the Host document. */
  sources: string[]
}

const maxKnownHostsBytes = 8 * 1024 * 1024

/**
 * Gathers what is trusted for a host: `ssh.hostKeys` where there are any, else the known_hosts files given. A missing
 * file counts as empty. Throws a `host-key` error for a pin or a file that cannot be read.
 */
export async function loadTrust(host: HostSpec, files: readonly string[]): Promise<Trust> {
  const name = knownHostsName(host.address, host.ssh.port)
  const trust: Trust = { host, name, keys: [], fingerprints: [], revoked: [], hasAuthority: false, sources: [] }
  if (host.ssh.hostKeys.length > 0) {
    trust.sources.push(`the pinned keys of Host "${host.name}" (ssh.hostKeys)`)
    for (const pin of host.ssh.hostKeys) addPin(trust, pin)
    return trust
  }
  for (const file of files) addKnown(trust, lookUp(await readKnownHosts(host, file), name), file)
  return trust
}

function addPin(trust: Trust, pin: string): void {
  if (/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(pin)) {
    trust.fingerprints.push(pin.replace(/=$/, ''))
    return
  }
  const [type, base64] = pin.trim().split(/\s+/)
  const key = Buffer.from(base64 ?? '', 'base64')
  if (type === undefined || keyType(key) !== type) {
    throw refusal(
      trust.host,
      'a pinned key in ssh.hostKeys is neither "SHA256:…" nor a public key such as "ssh-ed25519 AAAA…"',
    )
  }
  trust.keys.push({ type, key })
}

function addKnown(trust: Trust, found: KnownKeys, file: string): void {
  trust.sources.push(file)
  trust.keys.push(...found.keys)
  trust.revoked.push(...found.revoked)
  trust.hasAuthority ||= found.hasAuthority
}

async function readKnownHosts(host: HostSpec, file: string): Promise<string> {
  try {
    const bytes = await readFile(file)
    if (bytes.length > maxKnownHostsBytes) throw new Error(`it is larger than ${maxKnownHostsBytes} bytes`)
    return bytes.toString('utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw refusal(host, `${file} could not be read: ${(cause as Error).message}`, cause)
  }
}

/** Undefined when the key is the host's; otherwise the error to refuse it with. */
export function judge(trust: Trust, key: Buffer): TransportError | undefined {
  const offered = `${keyType(key)} ${fingerprint(key)}`
  if (trust.revoked.some((revoked) => revoked.equals(key))) {
    return refusal(
      trust.host,
      `it offered ${offered}, which known_hosts marks as revoked. Do not connect before you know why`,
    )
  }
  if (trust.keys.some((known) => known.key.equals(key))) return undefined
  if (trust.fingerprints.includes(fingerprint(key))) return undefined
  const isKnown = trust.keys.length > 0 || trust.fingerprints.length > 0
  return refusal(trust.host, isKnown ? changed(trust, offered) : unknown(trust, key, offered))
}

function changed(trust: Trust, offered: string): string {
  const expected = [...trust.keys.map((known) => `${known.type} ${fingerprint(known.key)}`), ...trust.fingerprints]
  return (
    `its host key is not the known one. It offered ${offered}; ${trust.sources.join(' and ')} know ${expected.join(', ')}. ` +
    'Either the machine was reinstalled, or something else answers at this address. ' +
    `If you know that the key was changed, replace it: ${howToReplace(trust)}`
  )
}

function howToReplace(trust: Trust): string {
  const file = trust.sources[0]
  return trust.host.ssh.hostKeys.length > 0
    ? 'in ssh.hostKeys'
    : `ssh-keygen -R '${trust.name}' -f ${file}, then add the new one`
}

function unknown(trust: Trust, key: Buffer, offered: string): string {
  const authority = trust.hasAuthority
    ? ' known_hosts names a certificate authority for it (@cert-authority), but host certificates are not supported: the plain key is needed.'
    : ''
  return (
    `its host key is unknown. It offered ${offered}; looked for ${trust.name} in ${trust.sources.join(' and ')}.${authority} ` +
    `Compare the fingerprint on the machine itself (ssh-keygen -lf /etc/ssh/ssh_host_${shortType(key)}_key.pub); if it is the same, ` +
    `put "${fingerprint(key)}" in ssh.hostKeys of the Host, or run: ${scanCommand(trust, key)}`
  )
}

function scanCommand(trust: Trust, key: Buffer): string {
  const { address, ssh } = trust.host
  const port = ssh.port === 22 ? '' : `-p ${ssh.port} `
  return `ssh-keyscan ${port}-t ${shortType(key)} ${address} >> ${trust.sources[0] ?? '~/.ssh/known_hosts'}`
}

function shortType(key: Buffer): string {
  const type = keyType(key)
  return type.startsWith('ecdsa') ? 'ecdsa' : type.replace(/^ssh-/, '')
}

/** A `host-key` error: nothing was sent to the host. */
export function refusal(host: HostSpec, reason: string, cause?: unknown): TransportError {
  const where = `${host.name} (${host.address}:${host.ssh.port})`
  return new TransportError('host-key', host.name, `${where}: ${reason}. Nothing was sent.`, { sent: false, cause })
}
