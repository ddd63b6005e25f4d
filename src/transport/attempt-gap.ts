// Keeps a host that refuses us from being asked again at once: sshd 9.8 and later locks out an address that keeps failing
// (sshd_config, PerSourcePenalties: 5 s per failed authentication, 1 s per connection that never authenticates).
import { TransportError } from './transport.ts'

const firstGapMs = 5_000
const maxGapMs = 60_000

/** One per host, shared by all connections to it. The gap doubles with each failure from 5 s to 60 s; a success ends it. */
export class AttemptGap {
  readonly #nowMs: () => number
  #failureCount = 0
  #openAtMs = 0
  #lastError: TransportError | undefined

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Throws the last failure again, with the time that is left, while the gap lasts. Nothing is sent. */
  check(): void {
    const leftMs = this.#openAtMs - this.#nowMs()
    const last = this.#lastError
    if (leftMs <= 0 || last === undefined) return
    const message = `${last.message} Not tried again for another ${Math.ceil(leftMs / 1000)} s, so that the host does not lock us out.`
    throw new TransportError(last.kind, last.host, message, { sent: false, cause: last })
  }

  failed(error: TransportError): void {
    const gapMs = Math.min(maxGapMs, firstGapMs * 2 ** this.#failureCount)
    this.#failureCount++
    this.#lastError = error
    this.#openAtMs = this.#nowMs() + gapMs
  }

  succeeded(): void {
    this.#failureCount = 0
    this.#openAtMs = 0
    this.#lastError = undefined
  }
}
