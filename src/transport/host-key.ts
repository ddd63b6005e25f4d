// Facts about an SSH public key: its type, its fingerprint, and the signature algorithms that go with it.
import { createHash } from 'node:crypto'
import type { ServerHostKeyAlgorithm } from 'ssh2'

/** `SHA256:…` exactly as `ssh-keygen -lf` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type a key blob names in its first field (RFC 4253, 6.6), or `unknown`. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return 'unknown'
  const length = key.readUInt32BE(0)
  return length > 0 && length <= 64 && key.length >= 4 + length ? key.toString('latin1', 4, 4 + length) : 'unknown'
}

// SHA-1 signatures (`ssh-rsa`) and DSA are left out on purpose.
const families: ServerHostKeyAlgorithm[][] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
]
const all = families.flat()

/** One list per kind of key, for the case that only a fingerprint is pinned and its kind must be found out. */
export function algorithmFamilies(): ServerHostKeyAlgorithm[][] {
  return families.map((family) => [...family])
}

/**
 * All algorithms, those of the known key types first: a server that is known by its RSA key must not be asked for its
 * Ed25519 key, or it would look like a stranger. The rest follow, so that a refusal can still name what was offered.
 */
export function preferredAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = all.filter((algorithm) => knownTypes.includes(algorithm) || isRsaOf(algorithm, knownTypes))
  return [...known, ...all.filter((algorithm) => !known.includes(algorithm))]
}

function isRsaOf(algorithm: string, knownTypes: readonly string[]): boolean {
  return algorithm.startsWith('rsa-sha2-') && knownTypes.includes('ssh-rsa')
}
