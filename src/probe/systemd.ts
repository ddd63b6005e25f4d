// The `systemd` probe: reads the observation that the pass already has. Only when systemd gave up on the unit does it ask the
// host anything: what the unit said last.
import type { UnitFact } from '../model/observation.ts'
import type { ProbeResult, SystemdProbe } from '../model/probe.ts'
import { type AttemptContext, never, notYet, passed } from './attempt.ts'
import { lastWords } from './last-words.ts'

// `error` and `bad-setting`: systemd could not use the unit file. None of these changes by waiting.
const brokenLoadStates = ['not-found', 'masked', 'bad-setting', 'error']

/**
 * Passes when the unit is active, in the same invocation and with the same restart counter as in the round before.
 * Certain when systemd itself has given up on the unit: failed, start limit hit, masked, not found, not loadable.
 */
export async function checkSystemd(probe: SystemdProbe, context: AttemptContext): Promise<ProbeResult> {
  const unit = context.observation.units[probe.unit]
  const subject = `${probe.unit} on ${context.host}`
  if (unit === undefined) return notYet(probe, `${subject} was not looked at in this round`)
  const definite = definiteProblem(unit)
  if (definite !== undefined) return never(probe, `${subject} ${definite}${await saidLast(probe.unit, context)}`)
  const problem = passingProblem(unit) ?? flapping(unit, context.baseline?.[probe.unit])
  if (problem !== undefined) return notYet(probe, `${subject} ${problem}`)
  return passed(probe, `${subject} is active (${unit.sub})`)
}

async function saidLast(unit: string, { transport }: AttemptContext): Promise<string> {
  const words = await lastWords(unit, transport)
  return words === '' ? '' : `; it said last: ${words}`
}

function definiteProblem(unit: UnitFact): string | undefined {
  if (brokenLoadStates.includes(unit.load)) return `cannot run: systemd has it as ${unit.load}`
  if (unit.active === 'failed') return `has failed (${unit.result}) and systemd does not start it again`
  if (unit.active !== 'active' && unit.result === 'start-limit-hit') {
    return 'was restarted too often (start-limit-hit) and systemd does not start it again'
  }
  return undefined
}

// With Restart=always a crash loop never reads `failed`: it alternates between active and activating (auto-restart).
function passingProblem(unit: UnitFact): string | undefined {
  if (unit.sub.startsWith('auto-restart')) {
    return `has ended (${unit.result}) and waits for its automatic restart, after ${times(unit.restarts)}`
  }
  if (unit.active !== 'active') return `is ${unit.active} (${unit.sub}), not active`
  return undefined
}

function flapping(unit: UnitFact, baseline: UnitFact | undefined): string | undefined {
  if (baseline === undefined) return undefined
  const restarts = unit.restarts - baseline.restarts
  if (restarts > 0) return `restarted by itself since the last look: ${times(restarts)}`
  if (unit.invocationId !== baseline.invocationId) return 'is not the process of the last look: it was started anew'
  return undefined
}

function times(restarts: number): string {
  return restarts === 1 ? '1 restart' : `${restarts} restarts`
}
