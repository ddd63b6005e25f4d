// The questions the lifecycle asks before it moves.
import type { Fact, Timing } from './facts.ts'
import {
  CALM_AFTER_MS,
  DEGRADE_AFTER,
  FAIL_AFTER,
  INTERRUPTIONS_EXCUSED,
  type LifecycleContext,
  RECOVER_AFTER,
} from './lifecycle-context.ts'

export function isQuarantined(context: LifecycleContext, revision: string): boolean {
  return context.rejected.includes(revision)
}

/** A revision that was proven here is never taken back for a failure that comes later. */
export function mayRollBack({ desired, lastGood }: LifecycleContext, { autoRollback }: Timing): boolean {
  return autoRollback && desired !== lastGood
}

export function attemptsAreUsedUp(
  { attempts }: LifecycleContext,
  { certain, timing }: { certain: boolean; timing: Timing },
): boolean {
  return certain || attempts + 1 >= timing.maxAttempts
}

/** A restart of the host is nobody's fault, unless it comes with every attempt. */
export function isExcused({ interruptions }: LifecycleContext): boolean {
  return interruptions < INTERRUPTIONS_EXCUSED
}

export function hasSoaked({ healthySinceMs }: LifecycleContext, nowMs: number, { minHealthyMs }: Timing): boolean {
  return nowMs - (healthySinceMs ?? nowMs) >= minHealthyMs
}

/** Waiting cannot help any more: the failure is certain, or the deadline has passed. */
export function verificationIsOver(
  { verifyingSinceMs }: LifecycleContext,
  { certain, timing, nowMs }: Extract<Fact, { type: 'PROBES_FAILED' }>,
): boolean {
  return certain || nowMs - (verifyingSinceMs ?? nowMs) >= timing.verifyDeadlineMs
}

/** What was proven here works but for others: to bring it about once more would change nothing. */
export function onlyLacksOthers(
  { desired, lastGood }: LifecycleContext,
  { lacks = [] }: { lacks?: string[] },
): boolean {
  return desired === lastGood && lacks.length > 0
}

/** With the round that has just failed. */
export function isDegraded({ probeFailures }: LifecycleContext): boolean {
  return probeFailures + 1 >= DEGRADE_AFTER
}

/**
 * With the round that has just failed. What differs on the host is put right first. `lacks`: the components that all that failed
 * needs, and that are not well; no restart of it brings them back.
 */
export function isBrokenForGood(
  { dueAtMs, probeFailures }: LifecycleContext,
  { lacks = [] }: { lacks?: string[] },
): boolean {
  return dueAtMs === null && lacks.length === 0 && probeFailures + 1 >= FAIL_AFTER
}

/** With the round that has just passed. */
export function hasRecovered({ probeSuccesses }: LifecycleContext): boolean {
  return probeSuccesses + 1 >= RECOVER_AFTER
}

/** There are corrections to forget, and none was needed for long. */
export function isCalm({ corrections, enteredAtMs, correctedAtMs }: LifecycleContext, nowMs: number): boolean {
  return corrections > 0 && nowMs - Math.max(enteredAtMs, correctedAtMs ?? 0) >= CALM_AFTER_MS
}

/** Something differs: it waits for its correction, is only told, or is contested. */
export function differs({ dueAtMs, drift, contested }: LifecycleContext): boolean {
  return dueAtMs !== null || drift !== '' || contested.length > 0
}
