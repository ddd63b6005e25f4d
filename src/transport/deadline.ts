// The time a caller is willing to wait, and its wish to stop, as one thing that every wait in this folder is tied to.
import { TransportError } from './transport.ts'

/** Aborts with a `TransportError` of kind `timeout` or `aborted`, `sent: false`. Close it when the work is done. */
export class Deadline {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #endsAt: number
  readonly #host: string
  readonly #outer: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  readonly #onAbort = (): void => this.#end('aborted', 'the caller stopped it')

  constructor(host: string, timeoutMs: number, outer?: AbortSignal) {
    this.#host = host
    this.#outer = outer
    this.#endsAt = performance.now() + timeoutMs
    this.signal = this.#controller.signal
    this.#timer = setTimeout(() => this.#end('timeout', `no answer within ${timeoutMs} ms`), timeoutMs)
    if (outer?.aborted) this.#onAbort()
    else outer?.addEventListener('abort', this.#onAbort, { once: true })
  }

  remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now())
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#onAbort)
  }

  #end(kind: 'timeout' | 'aborted', what: string): void {
    this.#controller.abort(
      new TransportError(kind, this.#host, `${this.#host}: ${what}; nothing was started`, { sent: false }),
    )
  }
}

/** The promise's own outcome, or the signal's reason if that comes first; a late outcome goes to `onLate`, its failure to nobody. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  onLate?: (value: T) => void,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => {
    reject(signal.reason)
    // The caller has already been told; what comes now is only put away.
    promise.then(onLate, () => undefined)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
