// The way to a host: its jump hosts in order, each with its own keys and its own proof of who it is.
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { HostSpec } from '../model/host.ts'
import { credentialsFor } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { connectSsh } from './ssh-connect.ts'
import type { SshConnection, SshSettings } from './ssh-connection.ts'
import { TransportError } from './transport.ts'
import { loadTrust } from './trust.ts'

export interface SshTransportOptions {
  /** Private key for hosts that name none. */
  identityFile?: string
  /** known_hosts for hosts that name none; default `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts`. */
  knownHostsFile?: string
  /** Finds the Host that another one jumps through. */
  resolveJump?: (name: string) => HostSpec | undefined
  /** Default: SSH_AUTH_SOCK. */
  agentSocket?: string
  /** Where `.ssh` is; default: the user's home directory. */
  home?: string
  /** Default 10 s for each hop: TCP, handshake and login together. */
  connectTimeoutMs?: number
  /** Default 15 s; a silent peer is given up after `keepaliveCountMax` (3) unanswered ones. */
  keepaliveIntervalMs?: number
  keepaliveCountMax?: number
  /** Commands at once on one connection; default 8, lowered where the server takes fewer. */
  maxSessions?: number
  /** Monotonic milliseconds, for the gap after refused logins. */
  nowMs?: () => number
}

const maxJumps = 4

/** Connects the jump hosts from the outside in, then the host itself; all of them go together. Rejects with a `TransportError`. */
export async function connectThrough(host: HostSpec, options: SshTransportOptions): Promise<SshConnection> {
  let outer: SshConnection | undefined
  for (const hop of [...jumpChain(host, options), host]) {
    const via = outer
    try {
      outer = await connectHop(hop, options, via)
    } catch (error) {
      via?.close()
      throw hop === host && via === undefined ? error : throughJump(host, hop, error)
    }
    if (via !== undefined) outer.onGone(() => via.close())
  }
  return outer as SshConnection
}

async function connectHop(
  hop: HostSpec,
  options: SshTransportOptions,
  via: SshConnection | undefined,
): Promise<SshConnection> {
  const home = options.home ?? homedir()
  const agentSocket = options.agentSocket ?? process.env.SSH_AUTH_SOCK
  const { identityFile } = options
  const settings: SshSettings = {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    keepaliveIntervalMs: options.keepaliveIntervalMs ?? 15_000,
    keepaliveCountMax: options.keepaliveCountMax ?? 3,
    maxSessions: options.maxSessions ?? 8,
    maxTunnels: 32,
  }
  const trust = await loadTrust(hop, knownHostsFiles(hop, options, home))
  const credentials = await credentialsFor(hop, {
    home,
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(agentSocket === undefined ? {} : { agentSocket }),
  })
  const stream = via === undefined ? {} : { stream: () => tunnelTo(hop, via, settings.connectTimeoutMs) }
  return connectSsh({ host: hop, trust, credentials, settings, ...stream })
}

function knownHostsFiles(hop: HostSpec, options: SshTransportOptions, home: string): string[] {
  const named = hop.ssh.knownHostsFile ?? options.knownHostsFile
  if (named === undefined) return [join(home, '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts']
  return [named.startsWith('~/') ? join(home, named.slice(2)) : named]
}

async function tunnelTo(hop: HostSpec, via: SshConnection, timeoutMs: number): Promise<Duplex> {
  const deadline = new Deadline(hop.name, timeoutMs)
  try {
    return await via.tunnel(hop.address, hop.ssh.port, deadline)
  } finally {
    deadline.close()
  }
}

/** A target behind a jump host that could not be reached is unreachable, whatever the jump host called it. */
function throughJump(host: HostSpec, hop: HostSpec, error: unknown): unknown {
  if (!(error instanceof TransportError)) return error
  const kind = error.kind === 'host-key' || error.kind === 'authentication' ? error.kind : 'unreachable'
  const where = hop === host ? `through ${host.ssh.jump}` : `jump host ${hop.name}`
  return new TransportError(kind, host.name, `${host.name}, ${where}: ${error.message}`, { sent: false, cause: error })
}

/** Outermost first. */
function jumpChain(host: HostSpec, options: SshTransportOptions): HostSpec[] {
  const chain: HostSpec[] = []
  for (let name = host.ssh.jump; name !== undefined; name = chain[0]?.ssh.jump) {
    const jump = options.resolveJump?.(name)
    const isLoop = name === host.name || chain.some((hop) => hop.name === name)
    if (jump === undefined || isLoop || chain.length >= maxJumps) {
      const why =
        jump === undefined ? 'is not defined' : isLoop ? 'leads back to itself' : `is more than ${maxJumps} jumps away`
      throw new TransportError(
        'unreachable',
        host.name,
        `${host.name}: its jump host "${name}" ${why}. Nothing was sent.`,
        { sent: false },
      )
    }
    chain.unshift(jump)
  }
  return chain
}
