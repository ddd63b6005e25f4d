// One change per host at a time, and at most so many hosts changed at once.

export class HostLock {
  readonly #held = new Set<string>()
  /** Who asked in vain, once each, in order. */
  readonly #waiting = new Map<string, () => void>()
  readonly #limit: number
  readonly #urgency: (waiter: string) => number

  /** `limit` is the number of hosts that may be changed at once; of those who wait, the one of the lowest `urgency` asks again first. */
  constructor(limit: number, urgency: (waiter: string) => number = () => 0) {
    this.#limit = limit
    this.#urgency = urgency
  }

  /** Takes the lock of a host at once, or returns undefined and calls the waiter's `onFree` when it is worth asking again. */
  tryAcquire(host: string, waiter: string, onFree: () => void): (() => void) | undefined {
    if (this.#held.has(host) || this.#held.size >= this.#limit) {
      this.#waiting.set(waiter, onFree)
      return undefined
    }
    this.#held.add(host)
    return () => this.#release(host)
  }

  #release(host: string): void {
    this.#held.delete(host)
    const all = [...this.#waiting].map(([waiter, onFree]) => ({ urgency: this.#urgency(waiter), onFree }))
    this.#waiting.clear()
    for (const { onFree } of all.sort((a, b) => a.urgency - b.urgency)) onFree()
  }
}
