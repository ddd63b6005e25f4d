// What the lifecycle remembers beside its state, and the pure updates of it.
import type { Revision } from '../src/model/target.ts'
import type { Fact } from './facts.ts'

export interface LifecycleContext {
  /** The revision asked for; null while nothing is wanted. */
  desired: Revision | null
  /** The revision last proven on this host. */
  lastGood: Revision | null
  /** Revisions taken back here, newest last, at most 10: not tried again by themselves. */
  rejected: Revision[]
  /** Failed attempts at the desired revision. */
  attempts: number
  /** Drift corrections since the component was last in sync for long; sets the next one's backoff. */
  corrections: number
  /** Times the host was put back to the last good generation in this rollback. */
  rollbacks: number
  /** The next apply restarts the component's units although nothing differs: it is broken while in sync. */
  restart: boolean
  enteredAtMs: number
  verifyingSinceMs: number | null
  /** Probes have passed without a gap since. */
  healthySinceMs: number | null
  /** Earliest time of the next retry or correction. */
  dueAtMs: number | null
  probeFailures: number
  probeSuccesses: number
  /** CamelCase reason and sentence of the last thing that held or failed; empty when all is well. */
  reason: string
  message: string
}

export const REJECTED_LIMIT = 10
/** Failed rounds before a healthy component is called degraded (DESIGN §7). */
export const DEGRADE_AFTER = 3
/** Passed rounds before a degraded component is called well again (DESIGN §7). */
export const RECOVER_AFTER = 2
/** Failed rounds before a degraded component is failed and restarted. */
export const FAIL_AFTER = 6

/** In sync for this long, the backoff of drift corrections starts anew (DESIGN §7). */
export const CALM_AFTER_MS = 10 * 60_000

export function initialContext(): LifecycleContext {
  return {
    desired: null,
    lastGood: null,
    rejected: [],
    attempts: 0,
    corrections: 0,
    rollbacks: 0,
    restart: false,
    enteredAtMs: 0,
    verifyingSinceMs: null,
    healthySinceMs: null,
    dueAtMs: null,
    probeFailures: 0,
    probeSuccesses: 0,
    reason: '',
    message: '',
  }
}

type Update = Partial<LifecycleContext>
type Of<T extends Fact['type']> = Extract<Fact, { type: T }>

const atRest: Update = {
  dueAtMs: null,
  healthySinceMs: null,
  verifyingSinceMs: null,
  probeFailures: 0,
  probeSuccesses: 0,
}

/** A revision other than the one before: everything counted for the old one is over. */
export function newRevision(_: LifecycleContext, fact: Of<'TARGET_CHANGED'>): Update {
  return { ...atRest, desired: fact.revision, attempts: 0, corrections: 0, restart: false, reason: '', message: '' }
}

export function nothingWanted(): Update {
  return { ...atRest, desired: null, attempts: 0, corrections: 0, restart: false, reason: '', message: '' }
}

/** The component is gone from the host: what was proven of it is no longer there. */
export function gone(): Update {
  return { ...nothingWanted(), lastGood: null }
}

export function held(_: LifecycleContext, fact: Of<'BLOCKED'>): Update {
  return { reason: fact.reason, message: fact.message }
}

/** Nothing holds it any more. */
export function released(): Update {
  return { reason: '', message: '' }
}

export function verificationBegun(_: LifecycleContext, fact: Fact): Update {
  return { ...atRest, verifyingSinceMs: fact.nowMs, restart: false, reason: '', message: '' }
}

export function attemptFailed(context: LifecycleContext, fact: Of<'APPLY_FAILED'>): Update {
  const dueAtMs = fact.nowMs + fact.retryAfterMs
  return { ...atRest, attempts: context.attempts + 1, dueAtMs, reason: fact.reason, message: fact.message }
}

export function verificationFailed(context: LifecycleContext, fact: Of<'PROBES_FAILED'>): Update {
  const dueAtMs = fact.nowMs + fact.retryAfterMs
  return { ...atRest, attempts: context.attempts + 1, dueAtMs, reason: 'VerificationFailed', message: fact.message }
}

export function probesPassed(context: LifecycleContext, fact: Fact): Update {
  return {
    healthySinceMs: context.healthySinceMs ?? fact.nowMs,
    // Bounded, so that a quiet pass changes nothing.
    probeSuccesses: Math.min(context.probeSuccesses + 1, RECOVER_AFTER),
    probeFailures: 0,
    reason: '',
    message: '',
  }
}

export function probesFailed(context: LifecycleContext, fact: Of<'PROBES_FAILED'>): Update {
  return {
    healthySinceMs: null,
    probeSuccesses: 0,
    probeFailures: context.probeFailures + 1,
    reason: 'ProbesFailed',
    message: fact.message,
  }
}

export function proven(context: LifecycleContext): Update {
  return { ...atRest, lastGood: context.desired, attempts: 0, reason: '', message: '' }
}

export function brokenWhileInSync(_: LifecycleContext, fact: Of<'PROBES_FAILED'>): Update {
  return {
    ...atRest,
    restart: true,
    dueAtMs: fact.nowMs + fact.retryAfterMs,
    reason: 'Unhealthy',
    message: fact.message,
  }
}

export function drifted(_: LifecycleContext, fact: Of<'DRIFT_FOUND'>): Update {
  return { dueAtMs: fact.nowMs + fact.correctAfterMs, reason: 'Drifted', message: fact.message }
}

export function correctionCounted(context: LifecycleContext): Update {
  return { corrections: context.corrections + 1, dueAtMs: null }
}

export function calm(): Update {
  return { corrections: 0 }
}

export function rollbackBegun(_: LifecycleContext, fact: Fact): Update {
  return { ...atRest, rollbacks: 0, verifyingSinceMs: fact.nowMs }
}

export function rollbackApplied(context: LifecycleContext, fact: Fact): Update {
  return { ...atRest, rollbacks: context.rollbacks + 1, verifyingSinceMs: fact.nowMs }
}

/** The desired revision is quarantined on this host; why it was is kept for people to read. */
export function rejectedDesired(context: LifecycleContext): Update {
  const others = context.rejected.filter((revision) => revision !== context.desired)
  const rejected = context.desired === null ? others : [...others, context.desired].slice(-REJECTED_LIMIT)
  return { ...atRest, rejected }
}

export function rollbackFailed(_: LifecycleContext, fact: Fact): Update {
  const message = 'message' in fact ? fact.message : ''
  return { ...atRest, reason: 'RollbackFailed', message }
}

export function retryAsked(context: LifecycleContext): Update {
  const rejected = context.rejected.filter((revision) => revision !== context.desired)
  return { ...atRest, rejected, attempts: 0, reason: '', message: '' }
}

export function entered(_: LifecycleContext, fact: Fact): Update {
  return { enteredAtMs: fact.nowMs }
}
