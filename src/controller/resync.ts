// When each host is looked at although nothing happened. One timer per host, so that its components share one observation.
import type { Clock } from './clock.ts'

export class Resync {
  readonly #timers = new Map<string, () => void>()
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #due: (host: string) => boolean

  /** `due` is called every `everyMs` ± 5 % per host, until it returns false. */
  constructor(clock: Clock, everyMs: number, due: (host: string) => boolean) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#due = due
  }

  /** Begins with a host; one that is planned already stays as it is. */
  plan(host: string): void {
    if (this.#timers.has(host)) return
    const cancel = this.#clock.setTimer(this.#everyMs * (0.95 + 0.1 * this.#clock.random()), () => {
      this.#timers.delete(host)
      if (this.#due(host)) this.plan(host)
    })
    this.#timers.set(host, cancel)
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }
}
