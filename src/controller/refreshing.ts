// Takes in what is written, one reading at a time. What could not be read, decrypted or remembered is tried again by itself:
// nobody may change a file again.
import type { Clock } from './clock.ts'
import { FailureBackoff } from './failure-backoff.ts'

const READING = 'reading the desired state'
const DECRYPTING = 'decrypting secrets'

export class Refreshing {
  readonly #clock: Clock
  readonly #read: () => Promise<boolean>
  readonly #onProblem: (error: Error, doing: string) => void
  readonly #backoff: FailureBackoff
  #running: Promise<void> = Promise.resolve()
  #cancel: (() => void) | undefined
  #isClosed = false

  /** `read` tells whether another reading of the same files may find more. */
  constructor(clock: Clock, read: () => Promise<boolean>, onProblem: (error: Error, doing: string) => void) {
    this.#clock = clock
    this.#read = read
    this.#onProblem = onProblem
    this.#backoff = new FailureBackoff(clock)
  }

  /** Resolves when everything has been read anew, after all readings that were asked for before. Never rejects. */
  now(): Promise<void> {
    this.#running = this.#running
      .then(() => (this.#isClosed ? false : this.#read()))
      .then((again) => {
        this.#backoff.forget(READING)
        if (again) this.#later(DECRYPTING)
        else this.#backoff.forget(DECRYPTING)
      })
      .catch((error) => {
        this.#onProblem(error, READING)
        this.#later(READING)
      })
    return this.#running
  }

  /** Reads anew by itself after a while, for a reason whose waits grow. */
  #later(why: string): void {
    this.#cancel?.()
    if (this.#isClosed) return
    this.#cancel = this.#clock.setTimer(this.#backoff.next(why), () => void this.now())
  }

  /** Resolves when the reading that runs has ended; nothing is read after it. */
  close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    return this.#running
  }
}
