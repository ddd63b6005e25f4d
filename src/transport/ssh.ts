// A host over SSH: one lazily made connection that stays open, is shared by all callers, and is made anew when it is lost.
import type { Duplex } from 'node:stream'
import type { HostSpec } from '../model/host.ts'
import { AttemptGap } from './attempt-gap.ts'
import { Deadline, unlessAborted } from './deadline.ts'
import { KeptShell } from './kept-shell.ts'
import { connectThrough, type SshTransportOptions } from './route.ts'
import { type Runner, runCommand } from './run-command.ts'
import type { Process } from './running-command.ts'
import { SpareSession } from './spare-session.ts'
import type { SshConnection } from './ssh-connection.ts'
import { hostLabel, type Ssh2Error, wasTurnedAway } from './ssh-errors.ts'
import { type RunOptions, type RunResult, type ScriptOptions, type Transport, TransportError } from './transport.ts'

export type { SshTransportOptions } from './route.ts'

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
  readonly #shell: KeptShell
  readonly #spare: SpareSession

  constructor(host: HostSpec, options: SshTransportOptions, gap: AttemptGap) {
    this.#host = host
    this.#options = options
    this.#gap = gap
    this.#shell = new KeptShell(this.#runner())
    this.#spare = new SpareSession(this.#runner())
  }

  run(argv: string[], options: RunOptions): Promise<RunResult> {
    return runCommand(
      this.#runner(),
      { argv, ...(options.stdin === undefined ? {} : { stdin: options.stdin }) },
      options,
    )
  }

  async script(text: string, { kept, ...options }: ScriptOptions): Promise<RunResult> {
    if (kept === undefined) return runCommand(this.#runner(), { script: text }, options)
    const looked = options.onStdout === undefined ? await this.#shell.run(text, kept, options) : undefined
    return looked ?? runCommand(this.#runner(), { script: `${text}\n${kept}` }, options)
  }

  async connect(address: string, port: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Duplex> {
    const deadline = new Deadline(this.#host.name, options.timeoutMs, options.signal)
    try {
      return await this.#onConnection(deadline, (connection) => connection.tunnel(address, port, deadline))
    } finally {
      deadline.close()
    }
  }

  prepare(scriptMs?: number): void {
    if (this.#isClosed) return
    if (scriptMs !== undefined) void this.#spare.open(scriptMs)
    else if (this.#connection === undefined) this.#shareConnecting().catch(() => undefined)
  }

  async fresh(): Promise<Transport> {
    const fresh = new SshTransport(this.#host, this.#options, this.#gap)
    await fresh.#shareConnecting()
    return fresh
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#shell.close()
    this.#spare.close()
    this.#connection?.close()
    this.#connection = undefined
  }

  #runner(): Runner {
    const launch = (line: (remainingMs: number) => string, deadline: Deadline): Promise<Process> =>
      this.#onConnection(deadline, (connection) => connection.launch(line, deadline))
    return {
      host: this.#host.name,
      sudo: this.#host.ssh.sudo,
      launch,
      spare: (timeoutMs) => this.#spare.take(timeoutMs),
    }
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
      connection.onShortage = () => {
        this.#spare.close()
        this.#shell.giveWay()
      }
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
