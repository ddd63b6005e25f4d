// What the lifecycle remembers beside its state.
import type { ComponentKey } from '../src/model/key.ts'
import type { Revision } from '../src/model/target.ts'
import type { Corrections } from './contest.ts'

export interface LifecycleContext {
  /** The revision asked for; null while nothing is wanted. */
  desired: Revision | null
  /** The revision last proven on this host. */
  lastGood: Revision | null
  /** Revisions taken back here, newest last, at most 10: not tried again by themselves. */
  rejected: Revision[]
  /** Components that were not well when verification failed, and without which it could not pass: `component@host`, sorted. */
  lacked: ComponentKey[]
  /** Times the desired revision was tried once more by itself after it was taken back; of what is removed, times its host took that back. */
  chances: number
  /** Failed attempts at the desired revision. */
  attempts: number
  /** Drift corrections since the component was last in sync for long; sets the next one's backoff. */
  corrections: number
  /** End of the last of them. */
  correctedAtMs: number | null
  /** The latest corrections of each field, to tell what somebody keeps changing. */
  corrected: Corrections
  /** Fields that somebody keeps changing, sorted: they are left as they are. */
  contested: string[]
  /** What differs beside that, in words: it waits for its correction, or is only told. Empty when nothing does. */
  drift: string
  /** Times the host was put back to the last good generation in this rollback. */
  rollbacks: number
  /** Operations in a row that ended because the host was restarted. */
  interruptions: number
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
/** The reason of what a person has taken back. */
export const ROLLBACK_ASKED = 'RollbackAsked'
/** The reason of what its host has taken back because nobody confirmed it in time. */
export const ROLLED_BACK_BY_HOST = 'RolledBackByHost'
/** Failed rounds before a healthy component is called degraded (DESIGN §7). */
export const DEGRADE_AFTER = 3
/** Passed rounds before a degraded component is called well again (DESIGN §7). */
export const RECOVER_AFTER = 2
/** Failed rounds before a degraded component is failed and restarted. */
export const FAIL_AFTER = 6

/** Operations that may end by a restart of their host before that counts against the revision. */
export const INTERRUPTIONS_EXCUSED = 5

/** In sync for this long, the backoff of drift corrections starts anew (DESIGN §7). */
export const CALM_AFTER_MS = 10 * 60_000

export function initialContext(): LifecycleContext {
  return {
    desired: null,
    lastGood: null,
    rejected: [],
    lacked: [],
    chances: 0,
    attempts: 0,
    corrections: 0,
    correctedAtMs: null,
    corrected: {},
    contested: [],
    drift: '',
    rollbacks: 0,
    interruptions: 0,
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
