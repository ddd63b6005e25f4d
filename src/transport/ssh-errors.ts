// Says what kind of trouble an error of ssh2 is, in words for a person. Pure.
import type { HostSpec } from '../model/host.ts'
import { TransportError, type TransportErrorKind } from './transport.ts'
import { refusal } from './trust.ts'

/** What ssh2 adds to its errors; `level` names the layer, `reason` is the code of a refused channel (RFC 4254, 5.1). */
export interface Ssh2Error extends Error {
  level?: string
  code?: string | number
  reason?: number
}

/** `user@address:port`, with the host's name in front. */
export function hostLabel(host: HostSpec): string {
  return `${host.name} (${host.ssh.user}@${host.address}:${host.ssh.port})`
}

/** Why no connection came about. `tried` are the labels of the keys that were offered, `notes` say why others were not. */
export function connectError(host: HostSpec, error: Ssh2Error, tried: string[], notes: string[]): TransportError {
  const fail = (kind: TransportErrorKind, message: string): TransportError =>
    new TransportError(kind, host.name, `${hostLabel(host)}: ${message}. No command was sent.`, {
      sent: false,
      cause: error,
    })
  if (isAuthentication(error)) return fail('authentication', refusedKeys(host, tried, notes))
  if (error.message.includes('no matching host key format')) {
    return refusal(
      host,
      'it offers no host key of a kind that is known or supported (Ed25519, ECDSA, RSA with SHA-2)',
      error,
    )
  }
  if (error.level === 'agent') return fail('authentication', `the ssh-agent would not sign: ${error.message}`)
  return fail('unreachable', unreachable(error))
}

function isAuthentication(error: Ssh2Error): boolean {
  // sshd's own words when MaxAuthTries is reached; they arrive as an SSH disconnect.
  return error.level === 'client-authentication' || /too many authentication failures/i.test(error.message)
}

function refusedKeys(host: HostSpec, tried: string[], notes: string[]): string {
  const { user } = host.ssh
  const offered =
    tried.length === 0
      ? 'there was no key to offer: name one with --identity or ssh.identityFile, or load it into an ssh-agent'
      : `it accepted none of: ${tried.join(', ')}; the public half of one has to be in authorized_keys of ${user} there`
  const left = notes.length === 0 ? '' : `; left out: ${notes.join('; ')}`
  return `login as ${user} was refused; ${offered}${left}`
}

function unreachable(error: Ssh2Error): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there (connection refused)'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no route to it (${error.code})`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `its name could not be resolved (${error.code})`
  }
  if (error.level === 'client-timeout') return 'it did not answer in time'
  if (wasTurnedAway(error))
    return `the connection was closed before the login (${error.message}); sshd may be limiting connections (MaxStartups, PerSourcePenalties)`
  return error.message
}

/** Whether the server hung up before the handshake: it may be penalising us, so it must not be asked again at once. */
export function wasTurnedAway(error: Ssh2Error): boolean {
  return error.code === 'ECONNRESET' || /before handshake|No response from server/.test(error.message)
}

/** Why a `direct-tcpip` channel was not opened. The words after the code are sshd's `strerror`. */
export function tunnelError(host: HostSpec, address: string, port: number, error: Ssh2Error): TransportError {
  const said = error.message.replace('(SSH) Channel open failure: ', '')
  const fail = (kind: TransportErrorKind, message: string): TransportError =>
    new TransportError(kind, host.name, `${host.name}: ${address}:${port}, seen from the host: ${message}.`, {
      sent: false,
      cause: error,
    })
  if (error.reason === 1) {
    return fail('privilege', 'sshd forbids it (AllowTcpForwarding, PermitOpen, or "restrict" in authorized_keys)')
  }
  return /timed out/i.test(said) ? fail('timeout', said) : fail('refused', said)
}
