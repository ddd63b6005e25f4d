// How long a key waits after a pass that threw: doubled per failure in a row, forgotten after the first good pass.
import { retryBackoffMs } from '../plan/backoff.ts'
import type { Clock } from './clock.ts'

export class FailureBackoff {
  readonly #failures = new Map<string, number>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds until the next try. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    return retryBackoffMs(failures, this.#clock.random())
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }
}
