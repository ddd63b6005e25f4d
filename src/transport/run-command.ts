// Runs one framed command through whatever starts processes (an SSH channel, a local child) and turns what happens into a
// RunResult or a TransportError. Both transports share it, so both keep the same promises.
import { randomBytes } from 'node:crypto'
import { Deadline } from './deadline.ts'
import { framedInput, killScript, type Nonce, shellLine, type Work } from './framed-command.ts'
import { type EndGroup, type Process, RunningCommand } from './running-command.ts'
import type { RunOptions, RunResult } from './transport.ts'

export interface Runner {
  host: string
  sudo: boolean
  /** Starts what `line` says, built at the last moment from the time that is left. Rejects with `sent: false` if nothing started. */
  launch(line: (remainingMs: number) => string, deadline: Deadline): Promise<Process>
}

const killMs = 5_000

/** Runs `work`; see `Transport.run`. Rejects with a `TransportError`, or a RangeError for arguments no shell can carry. */
export function runCommand(runner: Runner, work: Work, options: RunOptions): Promise<RunResult> {
  return start(runner, work, options, (pid, nonce) => endGroup(runner, pid, nonce))
}

/** Closing an SSH channel leaves the program running and its session counted, so the host is told to end it. Best effort. */
export async function endGroup(runner: Runner, pid: number, nonce: Nonce): Promise<void> {
  // It has nothing to end in its turn: should it hang, its own `timeout` on the host ends it.
  await start(runner, { script: killScript(pid, nonce) }, { timeoutMs: killMs }, async () => undefined)
}

async function start(runner: Runner, work: Work, options: RunOptions, endGroup: EndGroup): Promise<RunResult> {
  const nonce = { left: randomBytes(8).toString('hex'), right: randomBytes(8).toString('hex') }
  const input = framedInput(work, nonce)
  const deadline = new Deadline(runner.host, options.timeoutMs, options.signal)
  try {
    const line = (timeoutMs: number): string => shellLine(work, nonce, { sudo: runner.sudo, timeoutMs })
    line(options.timeoutMs)
    const process = await runner.launch(line, deadline)
    const run = new RunningCommand({
      host: runner.host,
      sudo: runner.sudo,
      process,
      nonce,
      options,
      endGroup,
      what: describe(work),
      limitMs: deadline.remainingMs(),
    })
    return await run.finish(input)
  } finally {
    deadline.close()
  }
}

function describe(work: Work): string {
  return work.argv === undefined ? 'a script' : `"${work.argv[0]}"`
}
