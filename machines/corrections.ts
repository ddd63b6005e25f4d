// What is done about a difference that nobody asked for, as the lifecycle remembers it. While a change is taken back, `reason` and
// `message` say why: nothing here overwrites them.
import { counted } from './contest.ts'
import type { Fact } from './facts.ts'
import type { LifecycleContext } from './lifecycle-context.ts'

type Update = Partial<LifecycleContext>
type Of<T extends Fact['type']> = Extract<Fact, { type: T }>

export function drifted(_: LifecycleContext, fact: Of<'DRIFT_FOUND'>): Update {
  return { dueAtMs: fact.nowMs + fact.correctAfterMs, drift: fact.message }
}

export function driftLeft(_: LifecycleContext, fact: Of<'DRIFT_LEFT'>): Update {
  return { dueAtMs: null, drift: fact.message }
}

export function inSync(): Update {
  return { dueAtMs: null, drift: '' }
}

export function correctionCounted(context: LifecycleContext): Update {
  return { ...inSync(), corrections: context.corrections + 1 }
}

/** While taken back: `reason` and `message` say why it was. */
export function correctedWhileTakenBack(context: LifecycleContext, fact: Of<'APPLIED'>): Update {
  return { ...correctionCounted(context), ...correctionEnded(context, fact) }
}

/** While taken back: tried again, later each time. */
export function correctionFailed(context: LifecycleContext, fact: Of<'APPLY_FAILED'> | Of<'INTERRUPTED'>): Update {
  return { corrections: context.corrections + 1, dueAtMs: fact.nowMs + fact.retryAfterMs }
}

/** What an operation has put right, if it was that. */
export function correctionEnded({ corrected, correctedAtMs }: LifecycleContext, fact: Of<'APPLIED'>): Update {
  const isCorrection = fact.corrected.length > 0
  return {
    corrected: isCorrection ? counted(corrected, fact.corrected, fact.nowMs) : corrected,
    correctedAtMs: isCorrection ? fact.nowMs : correctedAtMs,
  }
}

export function calm(): Update {
  return { corrections: 0 }
}

/** What waits for its time is due, and what was left to somebody else is ours again. */
export function asked(): Update {
  return { dueAtMs: null, corrections: 0, correctedAtMs: null, corrected: {}, contested: [], drift: '' }
}
