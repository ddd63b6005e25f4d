// One command that has been started, until its end: collects what it writes, keeps its limits, and judges how it ended.
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { FramedOutput } from './framed-output.ts'
import type { Nonce } from './nonce.ts'
import { type RunOptions, type RunResult, TransportError, type TransportErrorKind } from './transport.ts'

export interface Ending {
  exitCode: number | null
  signal?: string
}

export interface Process {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** Settles once: with the ending when it came and all output arrived; rejects with kind `lost` when the connection went first. */
  ended: Promise<Ending>
  /** Lets go of it; the process may run on. */
  close(): void
}

const defaultMaxOutputBytes = 8 * 1024 * 1024
/** `timeout` needs 5 s for a process that ignores SIGTERM; 2 s more for its answer to reach us. */
const marginMs = 7_000

/** Ends the process group `pid`; best effort. */
export type EndGroup = (pid: number, nonce: Nonce) => Promise<void>

export interface Started {
  host: string
  sudo: boolean
  process: Process
  nonce: Nonce
  options: RunOptions
  endGroup: EndGroup
  /** For messages: what is run, without its arguments. */
  what: string
  /** What `timeout` on the host was told. */
  limitMs: number
}

/** One started command, until its end. */
export class RunningCommand {
  readonly #started: Started
  readonly #output: FramedOutput
  readonly #startedAt = performance.now()
  readonly #stopped = Promise.withResolvers<never>()
  #isStopped = false

  constructor(started: Started) {
    this.#started = started
    const { maxOutputBytes = defaultMaxOutputBytes, onStdout } = started.options
    this.#output = new FramedOutput(started.nonce, maxOutputBytes, onStdout)
  }

  async finish(input: Buffer): Promise<RunResult> {
    const { signal } = this.#started.options
    const onAbort = (): void => this.#stop('aborted', 'was stopped by the caller')
    const timer = setTimeout(
      () => this.#stop('timeout', `gave no answer within ${this.#seconds()}`),
      this.#started.limitMs + marginMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    this.#listen()
    this.#started.process.stdin.end(input)
    try {
      return this.#judge(await Promise.race([this.#started.process.ended, this.#stopped.promise]))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #listen(): void {
    this.#stopped.promise.catch(() => undefined)
    this.#started.process.ended.catch(() => undefined)
    // A program may end without reading its input (EPIPE); its exit status tells what matters.
    this.#started.process.stdin.on('error', () => undefined)
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#started.process[stream].on('data', (chunk: Buffer) => {
        if (!this.#output.add(stream, chunk)) this.#stop('output', this.#tooMuch())
      })
    }
  }

  #judge(ending: Ending): RunResult {
    const durationMs = performance.now() - this.#startedAt
    const result = this.#output.result()
    const isOverdue =
      durationMs >= this.#started.limitMs &&
      (ending.exitCode === 124 || ending.signal === 'SIGKILL' || ending.exitCode === 137)
    if (isOverdue) throw this.#error('timeout', `was ended after ${this.#seconds()}`, result !== undefined)
    if (result === undefined) throw this.#notStarted(ending)
    if (!this.#output.isWithinCap(result)) throw this.#error('output', this.#tooMuch(), true)
    const { stdout, stderr } = result
    const status = ending.signal === undefined ? {} : { signal: ending.signal }
    return { exitCode: ending.exitCode ?? 128 + signalNumber(ending.signal), ...status, stdout, stderr, durationMs }
  }

  /** Rejects now; then, in the background and for at most a few seconds, ends what still runs. */
  #stop(kind: TransportErrorKind, message: string): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#stopped.reject(this.#error(kind, message, true))
    // The caller has its answer, and `timeout` on the host ends the command in any case.
    this.#endRemote().catch(() => undefined)
  }

  async #endRemote(): Promise<void> {
    const pid = await this.#pid()
    // First, so that its slot is free for the command that ends it.
    this.#started.process.close()
    if (pid !== undefined) await this.#started.endGroup(pid, this.#started.nonce)
  }

  /** The process group of the command: known once its start mark arrived, for which at most 2 s are waited. */
  async #pid(): Promise<number | undefined> {
    const known = this.#output.result()
    if (known !== undefined) return known.pid
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, 2_000)
    this.#started.process.stdout.on('data', () => this.#output.result() && resolve())
    await Promise.race([promise, this.#started.process.ended.catch(() => undefined)])
    clearTimeout(timer)
    return this.#output.result()?.pid
  }

  #notStarted(ending: Ending): TransportError {
    const said = this.#output.complaint()
    const status = ending.signal ?? `exit status ${ending.exitCode}`
    const detail = said === '' ? status : `${status}: ${said}`
    switch (this.#output.stage()) {
      case 'login':
        return this.#error(
          'authentication',
          `was not started: the account's login shell runs no commands (${detail})`,
          false,
        )
      case 'input':
        return this.#error(
          'authentication',
          'was not started: its input did not arrive whole; does a start-up file of the login shell read it?',
          false,
        )
      case 'privilege':
        return this.#error(
          'privilege',
          this.#started.sudo
            ? `was not started: sudo -n refused (${detail}); the file that \`homeostat sudoers USER\` prints allows it there`
            : `was not started (${detail})`,
          false,
        )
    }
  }

  #tooMuch(): string {
    return `wrote more than ${this.#started.options.maxOutputBytes ?? defaultMaxOutputBytes} bytes`
  }

  #seconds(): string {
    return `${this.#started.options.timeoutMs / 1000} s`
  }

  #error(kind: TransportErrorKind, message: string, sent: boolean): TransportError {
    const next = sent ? ' What it did is not known; look before acting.' : ' Nothing was started.'
    return new TransportError(
      kind,
      this.#started.host,
      `${this.#started.host}: ${this.#started.what} ${message}.${next}`,
      { sent },
    )
  }
}

function signalNumber(name: string | undefined): number {
  return constants.signals[name as NodeJS.Signals] ?? 0
}
