// How a host is reached. Two implementations: `ssh.ts` and `local.ts`; one contract suite runs on both.
import type { Duplex } from 'node:stream'

export interface RunOptions {
  /** Bytes for standard input; it is closed afterwards. */
  stdin?: string | Buffer
  /**
   * Deadline in milliseconds, kept on both sides: past it the remote process is ended too (SIGTERM, SIGKILL 5 s later). The
   * promise settles at most 7 s after it. What still has the output open in the background counts as running.
   */
  timeoutMs: number
  /** Cap on standard output and on standard error, each; default 8 MiB. Beyond it: `TransportError` of kind `output`. */
  maxOutputBytes?: number
  /** Takes standard output as it arrives, without limit; the result has none of it then. */
  onStdout?: (chunk: Buffer) => void
  signal?: AbortSignal
}

export interface ScriptOptions extends Omit<RunOptions, 'stdin'> {
  /**
   * The rest of the script, where it stays the same from call to call. Only for scripts that look and change nothing: such a one is
   * given to a shell that is kept open on the host, and run once more where that shell goes in the middle of it. Past the deadline
   * we end it; should we be gone by then, the host does within a quarter of an hour.
   */
  kept?: string
}

/** A non-zero exit is a result, not an error. */
export interface RunResult {
  exitCode: number
  /** Name of the signal that ended the process, where one did; exitCode is then 128 + its number. */
  signal?: string
  stdout: Buffer
  stderr: Buffer
  durationMs: number
}

export interface Transport {
  /** Runs a program as root (through `sudo -n` where the login user is not root); argv is never seen by a shell unquoted. */
  run(argv: string[], options: RunOptions): Promise<RunResult>
  /** Runs a POSIX `sh` script as root; the script travels by standard input and never shows in an argument list. */
  script(text: string, options: ScriptOptions): Promise<RunResult>
  /**
   * A TCP stream opened from the host's own point of view. Rejects with kind `refused` when nobody listens, `privilege` when
   * sshd forbids it. The stream fails with kind `lost` when the connection goes before its peer has ended it.
   */
  connect(address: string, port: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Duplex>
  /**
   * Begins to connect already, so that whoever comes next waits less, and opens a session for a script of at most `scriptMs` that is
   * about to come. What goes wrong is told to them.
   */
  prepare?(scriptMs?: number): void
  /** Opens a second, independent connection: the proof that a change did not cut us off. The caller closes it. */
  fresh(): Promise<Transport>
  close(): Promise<void>
}

export type TransportErrorKind =
  /** No connection could be made: refused, no route, DNS, timeout of connecting. */
  | 'unreachable'
  /** The login was refused, or the account runs no commands (nologin, forced command, a start-up file that reads the input). */
  | 'authentication'
  /** The host's key is unknown or not the pinned one. Nothing was sent. */
  | 'host-key'
  /** `sudo -n` was denied or wants a password, or the server forbids the TCP stream asked for. */
  | 'privilege'
  /** The connection was lost while a command ran: its outcome is unknown. */
  | 'lost'
  | 'timeout'
  /** More output than allowed. */
  | 'output'
  | 'aborted'
  /** `connect`: nobody listens there. */
  | 'refused'

export class TransportError extends Error {
  override name = 'TransportError'
  readonly kind: TransportErrorKind
  readonly host: string
  /** False where it is certain that the command did not start, so that trying again is safe; true: look before acting. */
  readonly sent: boolean
  constructor(kind: TransportErrorKind, host: string, message: string, options: { sent: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.host = host
    this.sent = options.sent
  }
}
