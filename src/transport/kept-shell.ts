// A shell that stays open on a host for scripts that only look. A session of its own costs the host more than many a look: a process
// of sshd's, a login shell, `timeout`, a shell, and the script anew each time.
import { Writable } from 'node:stream'
import { Deadline } from './deadline.ts'
import { shellLine } from './framed-command.ts'
import { keptRequest, lookRequest, MarkedStream, openingOf } from './kept-shell-frames.ts'
import { drawNonce, drawWord, type Nonce } from './nonce.ts'
import { endGroup, type Runner } from './run-command.ts'
import { type Ending, type Process, RunningCommand } from './running-command.ts'
import type { RunOptions, RunResult } from './transport.ts'

/** The host ends it after this, whatever runs in it then: nothing stays there for longer, and no look is begun that could last until then. */
const LIFE_MS = 15 * 60_000
/** A shell that waits answers at once; one that does not is taken for dead, and the look is made in a session of its own. */
const SUSPECT_MS = 5_000

/** It went before the look was over. What only looks may be done again. */
class ShellGone extends Error {
  override name = 'ShellGone'
}

interface Open {
  left: string
  process: Process
  endsAt: number
  /** What the shell has been given to keep. */
  kept: string | undefined
  /** What is to be done when it goes. */
  onGone: () => void
}

export class KeptShell {
  readonly #runner: Runner
  #open: Open | undefined
  #isBusy = false
  /** Somebody waits for a session. */
  #isToGo = false

  constructor(runner: Runner) {
    this.#runner = runner
  }

  /**
   * Runs `text` and then `kept`; see `Transport.script`. Undefined where that has to be done in another way: it is busy, or went in
   * the middle of it. Rejects as `Transport.script` does.
   */
  async run(
    text: string,
    kept: string,
    options: Omit<RunOptions, 'stdin' | 'onStdout'>,
  ): Promise<RunResult | undefined> {
    if (this.#isBusy) return undefined
    this.#isBusy = true
    const deadline = new Deadline(this.#runner.host, options.timeoutMs, options.signal)
    try {
      const shell = this.#usable(options.timeoutMs) ?? (await this.#start(deadline))
      return await this.#look(shell, { text, kept, options, limitMs: deadline.remainingMs() })
    } catch (error) {
      this.close()
      if (error instanceof ShellGone) return undefined
      throw error
    } finally {
      deadline.close()
      this.#isBusy = false
      if (this.#isToGo) this.close()
    }
  }

  /** Its session is wanted for something else: it goes now, or as soon as it is not busy. */
  giveWay = (): void => {
    if (this.#isBusy) this.#isToGo = true
    else this.close()
  }

  close(): void {
    this.#isToGo = false
    const shell = this.#open
    this.#open = undefined
    // Without input it ends by itself.
    shell?.process.stdin.end()
    shell?.process.close()
  }

  #usable(timeoutMs: number): Open | undefined {
    if (this.#open !== undefined && performance.now() + timeoutMs < this.#open.endsAt) return this.#open
    this.close()
    return undefined
  }

  async #start(deadline: Deadline): Promise<Open> {
    const nonce = drawNonce()
    const line = shellLine({ script: '' }, nonce, { sudo: this.#runner.sudo, timeoutMs: LIFE_MS })
    const process = await this.#runner.launch(() => line, deadline)
    process.stdin.on('error', () => undefined)
    const endsAt = performance.now() + LIFE_MS
    const shell: Open = { left: nonce.left, process, endsAt, kept: undefined, onGone: () => undefined }
    this.#open = shell
    const gone = (): void => {
      if (this.#open === shell) this.#open = undefined
      shell.onGone()
    }
    process.ended.then(gone, gone)
    process.stdin.write(openingOf(nonce))
    return shell
  }

  #look(shell: Open, work: { text: string; kept: string; options: RunOptions; limitMs: number }): Promise<RunResult> {
    const { text, kept, options, limitMs } = work
    const nonce = { left: shell.left, right: drawWord() }
    const request = lookRequest(text, nonce)
    const input = shell.kept === kept ? request : keptRequest(kept, drawWord()) + request
    shell.kept = kept
    return new RunningCommand({
      host: this.#runner.host,
      sudo: this.#runner.sudo,
      process: oneLook(shell, nonce, () => this.close()),
      nonce,
      options,
      endGroup: (pid) => endGroup(this.#runner, pid, nonce),
      what: 'a script',
      limitMs,
    }).finish(Buffer.from(input))
  }
}

/** One look, seen as a process: it ends where the shell says on both streams that it is over. */
function oneLook(shell: Open, nonce: Nonce, close: () => void): Process {
  const { stdin, stdout, stderr } = shell.process
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ending>()
  const [out, err] = [new MarkedStream(nonce), new MarkedStream(nonce)]
  const onOut = (chunk: Buffer): void => out.add(chunk)
  const onErr = (chunk: Buffer): void => err.add(chunk)
  const suspect = setTimeout(() => out.hasBegun || reject(new ShellGone()), SUSPECT_MS)
  const letGo = (): void => {
    clearTimeout(suspect)
    stdout.off('data', onOut)
    stderr.off('data', onErr)
    shell.onGone = () => undefined
  }
  stdout.on('data', onOut)
  stderr.on('data', onErr)
  shell.onGone = () => reject(new ShellGone())
  Promise.all([out.taken, err.taken]).then(() => resolve({ exitCode: out.exitCode }), reject)
  ended.then(letGo, letGo)
  return { stdin: inputOf(stdin), stdout: out.out, stderr: err.out, ended, close }
}

/** The shell's own input stays open when that of a look ends. */
function inputOf(stdin: Process['stdin']): Process['stdin'] {
  return new Writable({ write: (chunk, _encoding, done) => void stdin.write(chunk, done) })
}
