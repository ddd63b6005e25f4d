// How many channels one connection carries at once: a first-in, first-out semaphore whose limit can only shrink.

const maxWaiting = 4096

export class Slots {
  #limit: number
  /** Never above the limit, save for a moment after the limit was lowered. */
  #usedCount = 0
  readonly #waiting: { grant: () => void }[] = []

  readonly #onShortage: () => void

  /** `onShortage` is called whenever somebody has to wait. */
  constructor(limit: number, onShortage: () => void = () => undefined) {
    this.#limit = limit
    this.#onShortage = onShortage
  }

  get limit(): number {
    return this.#limit
  }

  get usedCount(): number {
    return this.#usedCount
  }

  /** Resolves to the function that gives the slot back (idempotent); rejects with the signal's reason, or when too many wait. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#usedCount >= this.#limit || this.#waiting.length > 0) await this.#wait(signal)
    else this.#usedCount++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#usedCount--
      this.#grantNext()
    }
  }

  /** The server took fewer channels than we tried: never more than are open now, and at least one. */
  lowerTo(limit: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, limit))
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= maxWaiting) throw new Error(`${maxWaiting} commands already wait for this connection`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      reject(signal.reason)
    }
    const waiter = {
      grant: (): void => {
        signal.removeEventListener('abort', onAbort)
        this.#usedCount++
        resolve()
      },
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting.push(waiter)
    this.#onShortage()
    return promise
  }

  #grantNext(): void {
    while (this.#usedCount < this.#limit && this.#waiting.length > 0) this.#waiting.shift()?.grant()
  }
}
