// How the lifecycle's memory changes with each fact.
import { correctionEnded } from './corrections.ts'
import type { Fact } from './facts.ts'
import {
  FAIL_AFTER,
  type LifecycleContext,
  RECOVER_AFTER,
  REJECTED_LIMIT,
  ROLLBACK_ASKED,
  ROLLED_BACK_BY_HOST,
} from './lifecycle-context.ts'

type Update = Partial<LifecycleContext>
type Of<T extends Fact['type']> = Extract<Fact, { type: T }>

const atRest: Update = {
  dueAtMs: null,
  healthySinceMs: null,
  verifyingSinceMs: null,
  probeFailures: 0,
  probeSuccesses: 0,
}

/** Nothing is counted yet, nobody contests anything. */
const afresh: Update = {
  ...atRest,
  lacked: [],
  chances: 0,
  attempts: 0,
  corrections: 0,
  correctedAtMs: null,
  corrected: {},
  contested: [],
  drift: '',
  interruptions: 0,
  restart: false,
  reason: '',
  message: '',
}

/** A revision other than the one before: everything counted for the old one is over. */
export function newRevision(_: LifecycleContext, fact: Of<'TARGET_CHANGED'>): Update {
  return { ...afresh, desired: fact.revision }
}

export function nothingWanted(): Update {
  return { ...afresh, desired: null }
}

/** The component is gone from the host: what was proven of it is no longer there. */
export function gone(): Update {
  return { ...nothingWanted(), lastGood: null }
}

/** It is there again; how often that was is counted until it is gone, written again or asked for. */
export function removalTakenBack({ chances }: LifecycleContext, { nowMs, message }: Of<'TAKEN_BACK'>): Update {
  return { ...atRest, enteredAtMs: nowMs, chances: chances + 1, reason: ROLLED_BACK_BY_HOST, message }
}

export function removalAsked(): Update {
  return { dueAtMs: null, chances: 0 }
}

export function held(_: LifecycleContext, fact: Of<'BLOCKED'>): Update {
  return { reason: fact.reason, message: fact.message }
}

/** Nothing holds it any more. */
export function released(): Update {
  return { reason: '', message: '' }
}

/** A correction in the middle of a verification gives it no more time. */
export function verificationBegun(context: LifecycleContext, fact: Of<'APPLIED'>): Update {
  return {
    ...atRest,
    ...correctionEnded(context, fact),
    verifyingSinceMs: context.verifyingSinceMs ?? fact.nowMs,
    interruptions: 0,
    restart: false,
    reason: '',
    message: '',
  }
}

/** It is tried again at once. */
export function interrupted({ interruptions }: LifecycleContext, fact: Of<'INTERRUPTED'>): Update {
  return { interruptions: interruptions + 1, reason: 'HostRestarted', message: fact.message }
}

export function attemptFailed(
  context: LifecycleContext,
  fact: Of<'APPLY_FAILED'> | Of<'VERIFICATION_OVERDUE'>,
): Update {
  const dueAtMs = fact.nowMs + fact.retryAfterMs
  const failed = { attempts: context.attempts + 1, lacked: [] }
  return { ...atRest, ...failed, dueAtMs, reason: fact.reason, message: fact.message }
}

export function verificationFailed(context: LifecycleContext, fact: Of<'PROBES_FAILED'>): Update {
  const dueAtMs = fact.nowMs + fact.retryAfterMs
  const failed = { attempts: context.attempts + 1, lacked: fact.lacks ?? [] }
  return { ...atRest, ...failed, dueAtMs, reason: 'VerificationFailed', message: fact.message }
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
    // Bounded like the successes: what lacks another component may go on failing for days.
    probeFailures: Math.min(context.probeFailures + 1, FAIL_AFTER),
    reason: 'ProbesFailed',
    message: fact.message,
  }
}

/** It is as it was proven here, and asks somebody who is not well. */
export function broughtBackDegraded(context: LifecycleContext, fact: Of<'PROBES_FAILED'>): Update {
  return { ...atRest, ...probesFailed(context, fact), attempts: 0, lacked: [], restart: false }
}

export function proven(context: LifecycleContext): Update {
  return { ...atRest, lastGood: context.desired, attempts: 0, lacked: [], restart: false, reason: '', message: '' }
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

export function rollbackBegun(_: LifecycleContext, fact: Fact): Update {
  return { ...atRest, rollbacks: 0, verifyingSinceMs: fact.nowMs }
}

export function rollbackApplied(context: LifecycleContext, fact: Fact): Update {
  return { ...atRest, rollbacks: context.rollbacks + 1, verifyingSinceMs: fact.nowMs }
}

/** It is already back; what remains is to see whether that works. */
export function takenBack(_: LifecycleContext, fact: Of<'TAKEN_BACK'>): Update {
  return { rollbacks: 1, lacked: [], reason: ROLLED_BACK_BY_HOST, message: fact.message }
}

/** As `takenBack`, of what had failed before: why that was is still what there is to say, unless it was the host that changed it. */
export function takenBackMeanwhile(context: LifecycleContext, fact: Of<'TAKEN_BACK'>): Update {
  return context.reason === 'Drifted' ? takenBack(context, fact) : { rollbacks: 1 }
}

/** The desired revision is quarantined on this host; why it was is kept for people to read. */
export function rejectedDesired(context: LifecycleContext): Update {
  const others = context.rejected.filter((revision) => revision !== context.desired)
  const rejected = context.desired === null ? others : [...others, context.desired].slice(-REJECTED_LIMIT)
  return { ...atRest, rejected }
}

/** Both lacked others: neither was shown to be bad. */
export function rollbackFailed(context: LifecycleContext, fact: Fact): Update {
  const message = 'message' in fact ? fact.message : ''
  const reason = ('reason' in fact ? fact.reason : undefined) ?? 'RollbackFailed'
  const lacks = ('lacks' in fact ? fact.lacks : undefined) ?? []
  const isExcused = context.lacked.length > 0 && lacks.length > 0
  const lacked = isExcused ? [...new Set([...context.lacked, ...lacks])].sort() : []
  return { ...atRest, lacked, reason, message }
}

/** It was proven here: it is what this host goes back to from now on. */
export function rollbackAsked(context: LifecycleContext, fact: Of<'ROLLBACK_ASKED'>): Update {
  const { revision, message } = fact
  const rejected = context.rejected.filter((it) => it !== revision)
  return { ...afresh, lastGood: revision, rejected, reason: ROLLBACK_ASKED, message }
}

export function unquarantined(context: LifecycleContext, fact: Of<'UNQUARANTINED'>): Update {
  return { rejected: context.rejected.filter((it) => it !== fact.revision) }
}

/** What had failed begins as if it were new, be it quarantined or not. */
export function triedAgain(context: LifecycleContext): Update {
  return { ...afresh, restart: context.restart, rejected: context.rejected.filter((it) => it !== context.desired) }
}

/** As `triedAgain`, and counted: this goes on a few times only. */
export function triedOnceMore(context: LifecycleContext): Update {
  return { ...triedAgain(context), chances: context.chances + 1 }
}

export function entered(_: LifecycleContext, fact: Fact): Update {
  return { enteredAtMs: fact.nowMs }
}

export function quarantined(): Update {
  return {
    reason: 'Quarantined',
    message: 'this revision was taken back on this host before; it is not tried again until the spec changes',
  }
}

/** While something is being taken back, `reason` and `message` say why; what happens meanwhile does not overwrite them. */
export function passedWhileTakenBack(context: LifecycleContext, fact: Fact): Update {
  return { healthySinceMs: context.healthySinceMs ?? fact.nowMs }
}

/** As `passedWhileTakenBack`. */
export function failedWhileTakenBack(context: LifecycleContext): Update {
  return { healthySinceMs: null, probeFailures: context.probeFailures + 1 }
}
