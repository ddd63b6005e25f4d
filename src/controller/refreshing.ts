// Takes in what is written, one reading at a time. What could not be read or remembered is tried again by itself: nobody may
// change a file again.
import type { Clock } from './clock.ts'
import { FailureBackoff } from './failure-backoff.ts'

const READING = 'reading the desired state'

export class Refreshing {
  readonly #clock: Clock
  readonly #read: () => Promise<void>
  readonly #onProblem: (error: Error, doing: string) => void
  readonly #backoff: FailureBackoff
  #running: Promise<void> = Promise.resolve()
  #cancel: (() => void) | undefined
  #isClosed = false

  constructor(clock: Clock, read: () => Promise<void>, onProblem: (error: Error, doing: string) => void) {
    this.#clock = clock
    this.#read = read
    this.#onProblem = onProblem
    this.#backoff = new FailureBackoff(clock)
  }

  /** Resolves when everything has been read anew, after all readings that were asked for before. Never rejects. */
  now(): Promise<void> {
    this.#running = this.#running
      .then(() => (this.#isClosed ? undefined : this.#read()))
      .then(() => this.settled(READING))
      .catch((error) => {
        this.#onProblem(error, READING)
        this.later(READING)
      })
    return this.#running
  }

  /** Reads anew by itself after a while, for a reason whose waits grow until it is `settled`. */
  later(why: string): void {
    this.#cancel?.()
    if (this.#isClosed) return
    this.#cancel = this.#clock.setTimer(this.#backoff.next(why), () => void this.now())
  }

  settled(why: string): void {
    this.#backoff.forget(why)
  }

  /** Resolves when the reading that runs has ended; nothing is read after it. */
  close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    return this.#running
  }
}
