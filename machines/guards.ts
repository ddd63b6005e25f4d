// The questions the lifecycle asks before it moves. Each says why when it says no, so that `explain` can repeat it.
import type { Fact, Timing } from './facts.ts'
import {
  CALM_AFTER_MS,
  DEGRADE_AFTER,
  FAIL_AFTER,
  INTERRUPTIONS_EXCUSED,
  type LifecycleContext,
  RECOVER_AFTER,
} from './lifecycle-context.ts'

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

/** A restart of the host is nobody's fault, unless it comes with every attempt. */
export function isExcused({ interruptions }: LifecycleContext): Verdict {
  return interruptions < INTERRUPTIONS_EXCUSED
    ? yes
    : no(`the host was restarted in the middle of ${interruptions} operations before`)
}

export function hasSoaked(context: LifecycleContext, nowMs: number, timing: Timing): Verdict {
  const sinceMs = context.healthySinceMs ?? nowMs
  const leftMs = sinceMs + timing.minHealthyMs - nowMs
  return leftMs <= 0 ? yes : no(`healthy for ${nowMs - sinceMs} ms of the ${timing.minHealthyMs} ms asked for`)
}

/** Waiting cannot help any more: the failure is certain, or the deadline has passed. */
export function verificationIsOver(context: LifecycleContext, fact: Extract<Fact, { type: 'PROBES_FAILED' }>): Verdict {
  if (fact.certain) return yes
  return isOverdue(context, fact.timing.verifyDeadlineMs, fact.nowMs)
}

export function isOverdue(context: LifecycleContext, deadlineMs: number, nowMs: number): Verdict {
  const leftMs = (context.verifyingSinceMs ?? nowMs) + deadlineMs - nowMs
  return leftMs <= 0 ? yes : no(`${leftMs} ms left before the verification deadline`)
}

export function isDegraded(context: LifecycleContext): Verdict {
  const left = DEGRADE_AFTER - context.probeFailures - 1
  return left <= 0 ? yes : no(`${left} more failed round(s) before it is called degraded`)
}

/** `lacks`: the components that all that failed needs, and that are not well. */
export function isBrokenForGood(context: LifecycleContext, { lacks = [] }: { lacks?: string[] }): Verdict {
  if (context.dueAtMs !== null) return no('what differs on the host is put right first')
  if (lacks.length > 0) return no(`all that failed needs ${lacks.join(', ')}, which no restart of it brings back`)
  const left = FAIL_AFTER - context.probeFailures - 1
  return left <= 0 ? yes : no(`${left} more failed round(s) before it is restarted`)
}

export function hasRecovered(context: LifecycleContext): Verdict {
  const left = RECOVER_AFTER - context.probeSuccesses - 1
  return left <= 0 ? yes : no(`${left} more passed round(s) before it is called healthy`)
}

export function isCalm(context: LifecycleContext, nowMs: number): Verdict {
  if (context.corrections === 0) return no('no correction to forget')
  const leftMs = Math.max(context.enteredAtMs, context.correctedAtMs ?? 0) + CALM_AFTER_MS - nowMs
  return leftMs <= 0 ? yes : no(`${leftMs} ms more in sync before the correction backoff starts anew`)
}

/** Something differs: it waits for its correction, is only told, or is contested. */
export function differs({ dueAtMs, drift, contested }: LifecycleContext): boolean {
  return dueAtMs !== null || drift !== '' || contested.length > 0
}
