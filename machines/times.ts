// The times that a lifecycle keeps, when the clock that they were taken from is no longer the one that is read.
import type { Lifecycle } from './advance.ts'
import type { Corrections } from './contest.ts'
import type { LifecycleContext } from './lifecycle-context.ts'

/** The clock was set: everything stays as far away as it was. */
export function shifted(lifecycle: Lifecycle, byMs: number): Lifecycle {
  const { context } = lifecycle
  const move = (atMs: number | null) => (atMs === null ? null : atMs + byMs)
  const times = {
    enteredAtMs: context.enteredAtMs + byMs,
    verifyingSinceMs: move(context.verifyingSinceMs),
    healthySinceMs: move(context.healthySinceMs),
    dueAtMs: move(context.dueAtMs),
    correctedAtMs: move(context.correctedAtMs),
    corrected: each(context.corrected, (atMs) => atMs + byMs),
  }
  return { ...lifecycle, context: { ...context, ...times } }
}

/**
 * What another controller wrote is taken up again. How long that is ago nobody knows, since the clock may have been set
 * meanwhile: a verification goes on with the time that it had left, and nothing waits longer than it would have then.
 */
export function resumed(lifecycle: Lifecycle, writtenAtMs: number, nowMs: number): Lifecycle {
  const { context } = lifecycle
  const { dueAtMs, correctedAtMs } = context
  const notLater = (atMs: number) => Math.min(atMs, nowMs)
  const times = {
    enteredAtMs: notLater(context.enteredAtMs),
    dueAtMs: dueAtMs === null ? null : Math.min(dueAtMs, nowMs + Math.max(0, dueAtMs - writtenAtMs)),
    correctedAtMs: correctedAtMs === null ? null : notLater(correctedAtMs),
    corrected: each(context.corrected, notLater),
    ...verification(context, { awayMs: nowMs - writtenAtMs, nowMs }),
  }
  return { ...lifecycle, context: { ...context, ...times } }
}

/** Nobody looked in between: that is neither time that passed in vain nor health. */
function verification(
  { verifyingSinceMs, healthySinceMs }: LifecycleContext,
  { awayMs, nowMs }: { awayMs: number; nowMs: number },
): Partial<LifecycleContext> {
  if (verifyingSinceMs === null) return {}
  const later = (atMs: number) => Math.min(atMs + awayMs, nowMs)
  return {
    verifyingSinceMs: later(verifyingSinceMs),
    healthySinceMs: healthySinceMs === null ? null : later(healthySinceMs),
  }
}

function each(corrected: Corrections, move: (atMs: number) => number): Corrections {
  return Object.fromEntries(Object.entries(corrected).map(([field, times]) => [field, times.map(move)]))
}
