// Collects the two output streams of one framed command: exact bytes, bounded, with everything before the start mark dropped.
import { endOf, escapeControl } from '../model/escape-control.ts'
import { frameMark, loginMark, startMark } from './framed-command.ts'
import type { Nonce } from './nonce.ts'

/** Room for what a login shell says before our command, beyond the caller's own cap. */
const noiseBytes = 64 * 1024

export class FramedOutput {
  readonly #nonce: Nonce
  readonly #maxBytes: number
  readonly #onStdout: ((chunk: Buffer) => void) | undefined
  /** Standard output is handed on from here; until then its beginning is kept, which has the start mark. */
  #isHandedOn = false
  readonly #chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  readonly #sizes = { stdout: 0, stderr: 0 }

  constructor(nonce: Nonce, maxBytes: number, onStdout?: (chunk: Buffer) => void) {
    this.#nonce = nonce
    this.#maxBytes = maxBytes
    this.#onStdout = onStdout
  }

  /** False once the stream has brought more than is allowed; the chunk is then not kept. */
  add(stream: 'stdout' | 'stderr', chunk: Buffer): boolean {
    if (stream === 'stdout' && this.#isHandedOn) {
      this.#onStdout?.(chunk)
      return true
    }
    this.#sizes[stream] += chunk.length
    if (this.#sizes[stream] > this.#maxBytes + noiseBytes) return false
    this.#chunks[stream].push(chunk)
    if (stream === 'stdout' && this.#onStdout !== undefined) this.#handOn()
    return true
  }

  /** From the first byte of the command itself on. */
  #handOn(): void {
    const own = this.result()?.stdout
    if (own === undefined) return
    this.#isHandedOn = true
    const kept = this.#whole('stdout')
    this.#chunks.stdout.splice(0, 1, kept.subarray(0, kept.length - own.length))
    if (own.length > 0) this.#onStdout?.(own)
  }

  /** What the command itself wrote and the number of its process group; undefined when it was never started. */
  result(): { stdout: Buffer; stderr: Buffer; pid: number } | undefined {
    const stdout = this.#after('stdout')
    if (stdout === undefined) return undefined
    const newline = stdout.indexOf(0x0a)
    if (newline < 0) return undefined
    const pid = Number(stdout.toString('latin1', 0, newline))
    return { stdout: stdout.subarray(newline + 1), stderr: this.#after('stderr') ?? Buffer.alloc(0), pid }
  }

  isWithinCap(result: { stdout: Buffer; stderr: Buffer }): boolean {
    return result.stdout.length <= this.#maxBytes && result.stderr.length <= this.#maxBytes
  }

  /** How far a command came that was not started. */
  stage(): 'login' | 'privilege' | 'input' {
    const stdout = this.#whole('stdout')
    if (stdout.includes(frameMark(this.#nonce))) return 'input'
    return stdout.includes(loginMark(this.#nonce)) ? 'privilege' : 'login'
  }

  /** The end of what was said instead of running the command: one printable line of at most 300 characters. */
  complaint(): string {
    const said = this.#whole('stderr').toString('utf8').trim() || this.#whole('stdout').toString('utf8').trim()
    return endOf(escapeControl(endOf(said, 1_200).replace(/\s+/g, ' ')), 300)
  }

  #after(stream: 'stdout' | 'stderr'): Buffer | undefined {
    const whole = this.#whole(stream)
    const mark = startMark(this.#nonce)
    const at = whole.indexOf(mark)
    return at < 0 ? undefined : whole.subarray(at + mark.length)
  }

  #whole(stream: 'stdout' | 'stderr'): Buffer {
    const chunks = this.#chunks[stream]
    if (chunks.length > 1) chunks.splice(0, chunks.length, Buffer.concat(chunks))
    return chunks[0] ?? Buffer.alloc(0)
  }
}
