// The `command` probe: a program run on the host.
import type { CommandProbe, ProbeResult } from '../model/probe.ts'
import type { RunResult } from '../transport/transport.ts'
import { type AttemptContext, never, notYet, passed, reasonOf, rethrowUnreachable } from './attempt.ts'
import { mismatch } from './match.ts'
import { excerpt } from './sentence.ts'

const maxOutputBytes = 256 * 1024

/** Passes on exit 0 and, where asked for, a standard output that matches. Certain only when the pattern itself is unusable. */
export async function checkCommand(probe: CommandProbe, context: AttemptContext): Promise<ProbeResult> {
  const subject = `${excerpt(probe.argv.join(' '))} on ${context.host}`
  const { timeoutMs } = probe
  try {
    const result = await context.transport.run(probe.argv, { timeoutMs, maxOutputBytes, signal: context.signal })
    return judgeRun(probe, subject, result)
  } catch (error) {
    rethrowUnreachable(error)
    return notYet(probe, `${subject} gave no result: ${reasonOf(error)}`)
  }
}

function judgeRun(probe: CommandProbe, subject: string, result: RunResult): ProbeResult {
  const said = result.stderr.length > 0 ? result.stderr : result.stdout
  if (result.exitCode !== 0) {
    const ending = result.signal === undefined ? `exit ${result.exitCode}` : `signal ${result.signal}`
    return notYet(probe, `${subject} ended with ${ending}: ${excerpt(said)}`)
  }
  if (probe.stdout === undefined) return passed(probe, `${subject} ended with exit 0`)
  const problem = mismatch(probe.stdout, 'its output', result.stdout.toString('utf8'))
  if (problem === undefined) return passed(probe, `${subject} ended with exit 0 and the expected output`)
  const message = `${subject}: ${problem.message}: ${excerpt(result.stdout)}`
  return problem.certain ? never(probe, message) : notYet(probe, message)
}
