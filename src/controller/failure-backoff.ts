// How long a key waits after a pass that threw: doubled per failure in a row, forgotten after the first good pass.
import type { ComponentKey } from '../model/key.ts'
import { retryBackoffMs } from '../plan/backoff.ts'
import type { Clock } from './clock.ts'

export class FailureBackoff {
  readonly #failures = new Map<ComponentKey, number>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds until the next pass over this key. */
  next(key: ComponentKey): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    return retryBackoffMs(failures, this.#clock.random())
  }

  forget(key: ComponentKey): void {
    this.#failures.delete(key)
  }
}
