// What is tried once more by itself although it was taken back: nothing has shown that it is bad. Its host took it back because nobody
// confirmed it in time, or all that it failed on was that another component was not well.
import type { LifecycleContext } from '../../machines/lifecycle-context.ts'
import { ROLLED_BACK_BY_HOST } from '../../machines/lifecycle-context.ts'
import type { ComponentKey } from '../model/key.ts'
import type { Probe, ProbeResult } from '../model/probe.ts'
import type { Decision, Situation } from './decide.ts'

/** More than so often, and it was no accident. */
const CHANCES = 3

/** The components that are not well, where every probe that failed needs one of them; none where anything else failed. */
export function lackedBy(
  probes: Probe[],
  results: ProbeResult[],
  isWell: (key: ComponentKey) => boolean,
): ComponentKey[] {
  const needs = new Map(probes.map((probe) => [probe.name, probe.needs ?? []]))
  const lacked = results
    .filter(({ passed }) => !passed)
    .map(({ name, certain }) => (certain ? [] : (needs.get(name) ?? []).filter((key) => !isWell(key))))
  return lacked.every((keys) => keys.length > 0) ? [...new Set(lacked.flat())].sort() : []
}

type Remembered = Pick<LifecycleContext, 'reason' | 'lacked' | 'chances'>

/** Whether what was taken back is to be tried once more: after a while, or when others are well again. */
export function chanceLeft({ reason, lacked, chances }: Remembered): 'later' | 'withOthers' | undefined {
  if (chances >= CHANCES) return undefined
  if (lacked.length > 0) return 'withOthers'
  return reason === ROLLED_BACK_BY_HOST ? 'later' : undefined
}

/** Undefined where what was taken back is left at that. */
export function decideChance(at: Situation): Decision | undefined {
  const { context } = at.lifecycle
  const left = chanceLeft(context)
  if (left === undefined) return undefined
  const count = `once more (${context.chances + 1} of at most ${CHANCES} times)`
  const afterMs = backoffMs(context.chances)
  const dueAtMs = context.enteredAtMs + afterMs
  if (left === 'later' && at.nowMs < dueAtMs) {
    const message = `nothing has shown that the revision is bad: it is tried ${count}, ${afterMs / 1000} s after it was taken back`
    return { kind: 'hold', reason: 'TriedAgainLater', message, wakeAtMs: dueAtMs }
  }
  const unwell = context.lacked.filter((key) => !at.isWell(key))
  if (unwell.length > 0) {
    const message = `all that failed needs ${unwell.join(', ')}: the revision is tried ${count} as soon as that is healthy`
    return { kind: 'hold', reason: 'WaitsForOthers', message }
  }
  // What runs is kept as it is until then.
  const blocker = at.deployBlockers()[0]
  if (blocker !== undefined) {
    const { untilMs, ...why } = blocker
    return { kind: 'hold', ...why, ...(untilMs === undefined ? {} : { wakeAtMs: untilMs }) }
  }
  const why = left === 'later' ? 'nothing has shown that it is bad' : `${context.lacked.join(', ')} is healthy again`
  return {
    kind: 'tell',
    fact: { type: 'CHANCE_DUE', message: `${why}: what was taken back is tried ${count}`, nowMs: at.nowMs },
  }
}

/** Why what its host has brought back is not removed yet, or not by itself any more; undefined where it may go. */
export function removalTakenBack({ lifecycle, nowMs }: Situation): Decision | undefined {
  const { chances, enteredAtMs } = lifecycle.context
  if (chances === 0) return undefined
  if (chances > CHANCES) {
    const message = `its host took the removal back ${chances} times, since nobody confirmed it in time: it stays until somebody asks (homeostat reconcile COMPONENT), or it is written again`
    return { kind: 'hold', reason: 'RemovalTakenBack', message }
  }
  const afterMs = backoffMs(chances - 1)
  if (nowMs >= enteredAtMs + afterMs) return undefined
  const message = `its host took the removal back, since nobody confirmed it in time: it is removed once more (${chances} of at most ${CHANCES} times), ${afterMs / 1000} s after that`
  return { kind: 'hold', reason: 'TriedAgainLater', message, wakeAtMs: enteredAtMs + afterMs }
}

/** 30 s, 2 min, 8 min: where it cuts its host off, that is for as long as the host waits, each time. */
function backoffMs(chances: number): number {
  return 30_000 * 4 ** chances
}
