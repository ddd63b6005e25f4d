// Runs one framed command through whatever starts processes (an SSH channel, a local child) and turns what happens into a
// RunResult or a TransportError. Both transports share it, so both keep the same promises.
import { Deadline } from './deadline.ts'
import { expectSendable, framedInput, killScript, shellLine, type Work } from './framed-command.ts'
import { drawNonce, type Nonce } from './nonce.ts'
import { type EndGroup, type Process, RunningCommand } from './running-command.ts'
import type { Session } from './spare-session.ts'
import { type RunOptions, type RunResult, TransportError } from './transport.ts'

export interface Runner {
  host: string
  sudo: boolean
  /** Starts what `line` says, built at the last moment from the time that is left. Rejects with `sent: false` if nothing started. */
  launch(line: (remainingMs: number) => string, deadline: Deadline): Promise<Process>
  /** A session that waits for a script already. */
  spare?(timeoutMs: number): Session | undefined
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
  expectSendable(work)
  const deadline = new Deadline(runner.host, options.timeoutMs, options.signal)
  try {
    deadline.signal.throwIfAborted()
    const spare = work.argv === undefined ? runner.spare?.(options.timeoutMs) : undefined
    if (spare !== undefined) {
      const ran = await follow(spare, { runner, work, options, endGroup, deadline }).catch(undefinedWhereNothingRan)
      if (ran !== undefined) return ran
    }
    const nonce = drawNonce()
    const line = (timeoutMs: number): string => shellLine(work, nonce, { sudo: runner.sudo, timeoutMs })
    line(options.timeoutMs)
    const process = await runner.launch(line, deadline)
    return await follow({ process, nonce }, { runner, work, options, endGroup, deadline })
  } finally {
    deadline.close()
  }
}

/** A session that was opened ahead may have ended meanwhile. */
function undefinedWhereNothingRan(error: unknown): undefined {
  if (!(error instanceof TransportError) || error.sent) throw error
}

interface Following {
  runner: Runner
  work: Work
  options: RunOptions
  endGroup: EndGroup
  deadline: Deadline
}

function follow({ process, nonce }: Session, { runner, work, options, endGroup, deadline }: Following) {
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
  return run.finish(framedInput(work, nonce))
}

function describe(work: Work): string {
  return work.argv === undefined ? 'a script' : `"${work.argv[0]}"`
}
