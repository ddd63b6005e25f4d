// The questions the lifecycle asks before it moves. Each says why when it says no, so that `explain` can repeat it.
import type { Fact, Timing } from './facts.ts'
import { CALM_AFTER_MS, DEGRADE_AFTER, FAIL_AFTER, type LifecycleContext, RECOVER_AFTER } from './lifecycle-context.ts'

export type Verdict = { ok: true } | { ok: false; why: string }

const yes: Verdict = { ok: true }
const no = (why: string): Verdict => ({ ok: false, why })

export function isQuarantined(context: LifecycleContext, revision: string): Verdict {
  return context.rejected.includes(revision) ? yes : no('this revision was not rejected on this host')
}

/** A revision that was proven here is never taken back for a failure that comes later. */
export function mayRollBack(context: LifecycleContext, timing: Timing): Verdict {
  if (!timing.autoRollback) return no('rollback.auto is false')
  if (context.desired !== null && context.desired === context.lastGood)
    return no('this revision was proven on this host before')
  return yes
}

export function attemptsAreUsedUp(context: LifecycleContext, fact: { certain: boolean; timing: Timing }): Verdict {
  if (fact.certain) return yes
  const left = fact.timing.maxAttempts - context.attempts - 1
  return left <= 0 ? yes : no(`${left} more attempt(s) before the revision is rejected`)
}

export function hasSoaked(context: LifecycleContext, nowMs: number, timing: Timing): Verdict {
  const sinceMs = context.healthySinceMs ?? nowMs
  const leftMs = sinceMs + timing.minHealthyMs - nowMs
  return leftMs <= 0 ? yes : no(`healthy for ${nowMs - sinceMs} ms of the ${timing.minHealthyMs} ms asked for`)
}

/** Waiting cannot help any more: the failure is certain, or the deadline has passed. */
export function verificationIsOver(context: LifecycleContext, fact: Extract<Fact, { type: 'PROBES_FAILED' }>): Verdict {
  if (fact.certain) return yes
  const leftMs = (context.verifyingSinceMs ?? fact.nowMs) + fact.timing.verifyDeadlineMs - fact.nowMs
  return leftMs <= 0 ? yes : no(`${leftMs} ms left before the verification deadline`)
}

export function isDegraded(context: LifecycleContext): Verdict {
  const left = DEGRADE_AFTER - context.probeFailures - 1
  return left <= 0 ? yes : no(`${left} more failed round(s) before it is called degraded`)
}

export function isBrokenForGood(context: LifecycleContext): Verdict {
  const left = FAIL_AFTER - context.probeFailures - 1
  return left <= 0 ? yes : no(`${left} more failed round(s) before it is restarted`)
}

export function hasRecovered(context: LifecycleContext): Verdict {
  const left = RECOVER_AFTER - context.probeSuccesses - 1
  return left <= 0 ? yes : no(`${left} more passed round(s) before it is called healthy`)
}

export function isCalm(context: LifecycleContext, nowMs: number): Verdict {
  if (context.corrections === 0) return no('no correction to forget')
  const leftMs = context.enteredAtMs + CALM_AFTER_MS - nowMs
  return leftMs <= 0 ? yes : no(`${leftMs} ms more in sync before the correction backoff starts anew`)
}
