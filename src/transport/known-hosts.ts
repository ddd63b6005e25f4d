// Reads OpenSSH's known_hosts format (man sshd, SSH_KNOWN_HOSTS FILE FORMAT); ssh2 has no parser of its own. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface KnownHostsEntry {
  marker: 'none' | 'revoked' | 'cert-authority'
  /** Comma-separated patterns, or one hashed name `|1|salt|hash`. */
  hosts: string
  type: string
  key: Buffer
}

/** What known_hosts says of one host. */
export interface KnownKeys {
  keys: { type: string; key: Buffer }[]
  revoked: Buffer[]
  /** A certificate authority is trusted for it: not supported, and said so in the refusal. */
  hasAuthority: boolean
}

/** The name OpenSSH files a host under: bare for port 22, `[host]:port` for any other. Lower case. */
export function knownHostsName(address: string, port: number): string {
  const name = address.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** All well-formed entries; comments, blank and malformed lines are skipped, as OpenSSH does. */
export function parseKnownHosts(text: string): KnownHostsEntry[] {
  return text.split('\n').flatMap((line) => parseLine(line.trim()))
}

/** What `text` says of the host named `name` (see `knownHostsName`). */
export function lookUp(text: string, name: string): KnownKeys {
  const found: KnownKeys = { keys: [], revoked: [], hasAuthority: false }
  for (const entry of parseKnownHosts(text)) {
    if (!matchesHost(entry.hosts, name)) continue
    if (entry.marker === 'revoked') found.revoked.push(entry.key)
    else if (entry.marker === 'cert-authority') found.hasAuthority = true
    else found.keys.push({ type: entry.type, key: entry.key })
  }
  return found
}

function parseLine(line: string): KnownHostsEntry[] {
  if (line === '' || line.startsWith('#')) return []
  const fields = line.split(/[ \t]+/)
  const marker = fields[0]?.startsWith('@') ? readMarker(fields.shift()) : 'none'
  const [hosts, type, base64] = fields
  if (marker === undefined || !hosts || !type || !base64) return []
  const key = Buffer.from(base64, 'base64')
  return key.length < 16 ? [] : [{ marker, hosts, type, key }]
}

function readMarker(word: string | undefined): KnownHostsEntry['marker'] | undefined {
  if (word === '@revoked') return 'revoked'
  return word === '@cert-authority' ? 'cert-authority' : undefined
}

/** Whether a host field covers `name`; one negated pattern that matches overrules all others. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name)
  let isMatched = false
  for (const pattern of hosts.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (matchesGlob(pattern.slice(1), name)) return false
    } else if (matchesGlob(pattern, name)) isMatched = true
  }
  return isMatched
}

function matchesHash(field: string, name: string): boolean {
  const [, version, salt, hash] = field.split('|')
  if (version !== '1' || !salt || !hash) return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** `*` and `?` only, as in ssh_config PATTERNS; steps back to the last `*` instead of trying every split. */
function matchesGlob(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let star = -1
  let resume = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
