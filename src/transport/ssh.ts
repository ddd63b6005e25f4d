// A host over SSH: one lazily made connection that stays open, is shared by all callers, and is made anew when it is lost.
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { HostSpec } from '../model/host.ts'
import { AttemptGap } from './attempt-gap.ts'
import { credentialsFor } from './credentials.ts'
import { Deadline, unlessAborted } from './deadline.ts'
import { type Process, type Runner, runCommand } from './run-command.ts'
import { connectSsh } from './ssh-connect.ts'
import type { SshConnection, SshSettings } from './ssh-connection.ts'
import { hostLabel, type Ssh2Error, wasTurnedAway } from './ssh-errors.ts'
import { type RunOptions, type RunResult, type Transport, TransportError } from './transport.ts'
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

/** See `Transport`. Connects on first use. */
export function sshTransport(host: HostSpec, options: SshTransportOptions = {}): Transport {
  return new SshTransport(host, options, new AttemptGap(options.nowMs ?? (() => performance.now())))
}

class SshTransport implements Transport {
  readonly #host: HostSpec
  readonly #options: SshTransportOptions
  readonly #gap: AttemptGap
  /** At most one attempt at a time; everybody who needs a connection waits for it. */
  #connecting: Promise<SshConnection> | undefined
  #connection: SshConnection | undefined
  #isClosed = false

  constructor(host: HostSpec, options: SshTransportOptions, gap: AttemptGap) {
    this.#host = host
    this.#options = options
    this.#gap = gap
  }

  run(argv: string[], options: RunOptions): Promise<RunResult> {
    return runCommand(
      this.#runner(),
      { argv, ...(options.stdin === undefined ? {} : { stdin: options.stdin }) },
      options,
    )
  }

  script(text: string, options: Omit<RunOptions, 'stdin'>): Promise<RunResult> {
    return runCommand(this.#runner(), { script: text }, options)
  }

  async connect(address: string, port: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Duplex> {
    const deadline = new Deadline(this.#host.name, options.timeoutMs, options.signal)
    try {
      return await this.#onConnection(deadline, (connection) => connection.tunnel(address, port, deadline))
    } finally {
      deadline.close()
    }
  }

  async fresh(): Promise<Transport> {
    const fresh = new SshTransport(this.#host, this.#options, this.#gap)
    await fresh.#shareConnecting()
    return fresh
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#connection?.close()
    this.#connection = undefined
  }

  #runner(): Runner {
    const launch = (line: (remainingMs: number) => string, deadline: Deadline): Promise<Process> =>
      this.#onConnection(deadline, (connection) => connection.launch(line, deadline))
    return { host: this.#host.name, sudo: this.#host.ssh.sudo, launch }
  }

  /** Does the work; once more on a new connection when the old one turned out to be dead before anything was started. */
  async #onConnection<T>(deadline: Deadline, work: (connection: SshConnection) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#connected(deadline))
    } catch (error) {
      const isSafe = error instanceof TransportError && error.kind === 'lost' && !error.sent && !this.#isClosed
      if (!isSafe) throw error
      return await work(await this.#connected(deadline))
    }
  }

  async #connected(deadline: Deadline): Promise<SshConnection> {
    if (this.#isClosed) throw this.#closedError()
    deadline.signal.throwIfAborted()
    if (this.#connection !== undefined && !this.#connection.isGone) return this.#connection
    return await unlessAborted(this.#shareConnecting(), deadline.signal)
  }

  #shareConnecting(): Promise<SshConnection> {
    this.#connecting ??= this.#connectOnce().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connectOnce(): Promise<SshConnection> {
    this.#gap.check()
    try {
      const connection = await connectThrough(this.#host, this.#options)
      this.#gap.succeeded()
      this.#connection = connection
      if (!this.#isClosed) return connection
      connection.close()
    } catch (error) {
      if (error instanceof TransportError && needsGap(error)) this.#gap.failed(error)
      throw error
    }
    throw this.#closedError()
  }

  #closedError(): TransportError {
    return new TransportError(
      'aborted',
      this.#host.name,
      `${hostLabel(this.#host)}: this connection was closed on our side.`,
      { sent: false },
    )
  }
}

function needsGap(error: TransportError): boolean {
  if (error.kind === 'authentication' || error.kind === 'host-key') return true
  return error.kind === 'unreachable' && error.cause instanceof Error && wasTurnedAway(error.cause as Ssh2Error)
}

/** Connects the jump hosts from the outside in, then the host itself; all of them go together. */
async function connectThrough(host: HostSpec, options: SshTransportOptions): Promise<SshConnection> {
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
