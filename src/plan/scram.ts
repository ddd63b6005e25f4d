// What PostgreSQL keeps of a password: a SCRAM-SHA-256 verifier (RFC 5802, RFC 7677). A password can be tried on it, and it can be
// made of a password, so that the password itself never reaches the server.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** PostgreSQL's own default. */
const ITERATIONS = 4096
/** A server that was told to count further would keep us busy for longer than a look may take; such a verifier is replaced. */
const MOST_ITERATIONS = 100_000

/** `salt` has 16 random bytes. The password has to be `isPlainPassword`. */
export function scramVerifier(password: string, salt: Uint8Array, iterations: number = ITERATIONS): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`
}

const VERIFIER = /^SCRAM-SHA-256\$(\d{1,6}):([A-Za-z0-9+/]{1,128}={0,2})\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$/

/** Whether the verifier is one of this password; false for what is no such verifier (`md5…`, nothing). */
export function isVerifierOf(verifier: string, password: string): boolean {
  const [, count = '', salt = ''] = VERIFIER.exec(verifier) ?? []
  const iterations = Number(count)
  if (iterations < 1 || iterations > MOST_ITERATIONS) return false
  return scramVerifier(password, Buffer.from(salt, 'base64'), iterations) === verifier
}

/** Of printable ASCII: anything else is prepared by some clients (SASLprep, RFC 4013) and not by others. */
export function isPlainPassword(password: string): boolean {
  return /^[ -~]+$/.test(password)
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
