// A session that is opened ahead of the script that it is for: a process of sshd's, a login shell, `sudo` and `timeout` take the host
// longer than many a script.
import { Deadline } from './deadline.ts'
import { shellLine } from './framed-command.ts'
import { drawNonce, type Nonce } from './nonce.ts'
import type { Runner } from './run-command.ts'
import type { Process } from './running-command.ts'

/** One that nobody takes within this is closed again, in milliseconds. */
export const SPARE_MS = 5_000

/** It waits for the frame on its input: nothing of a script was sent yet. */
export interface Session {
  process: Process
  nonce: Nonce
}

export class SpareSession {
  readonly #runner: Runner
  #open: (Session & { timeoutMs: number }) | undefined
  #isOpening = false
  #expiry: NodeJS.Timeout | undefined

  constructor(runner: Runner) {
    this.#runner = runner
  }

  /** Opens one for a script of at most `timeoutMs`, unless there is one. Never rejects. */
  async open(timeoutMs: number): Promise<void> {
    if (this.#isOpening || this.#open !== undefined) return
    this.#isOpening = true
    const deadline = new Deadline(this.#runner.host, SPARE_MS)
    try {
      const nonce = drawNonce()
      const line = shellLine({ script: '' }, nonce, { sudo: this.#runner.sudo, timeoutMs: timeoutMs + SPARE_MS })
      this.#hold({ process: await this.#runner.launch(() => line, deadline), nonce, timeoutMs })
    } catch {
      // Whoever needs a session opens one then, and is told.
    } finally {
      deadline.close()
      this.#isOpening = false
    }
  }

  /** The one that is open, for a script of this time; from now on it is the caller's. */
  take(timeoutMs: number): Session | undefined {
    const spare = this.#open
    if (spare === undefined || timeoutMs > spare.timeoutMs) return undefined
    this.#forget()
    return spare
  }

  /** Also when its place is wanted for something else. */
  close = (): void => {
    const spare = this.#open
    this.#forget()
    // Without input it ends by itself.
    spare?.process.stdin.end()
    spare?.process.close()
  }

  #hold(spare: Session & { timeoutMs: number }): void {
    this.#open = spare
    this.#expiry = setTimeout(this.close, SPARE_MS).unref()
    spare.process.stdin.on('error', () => undefined)
    const gone = (): void => {
      if (this.#open === spare) this.#forget()
    }
    spare.process.ended.then(gone, gone)
  }

  #forget(): void {
    this.#open = undefined
    clearTimeout(this.#expiry)
  }
}
