// How a component is to be brought about and kept: apart from the target, so that changing it is not a new revision.

import type { Window } from './window.ts'

export interface Policy {
  /** Continuous health needed before a deploy counts, in milliseconds. */
  minHealthyMs: number
  /** Time for verification altogether, in milliseconds; then the revision is rejected. */
  verifyDeadlineMs: number
  /** Attempts at applying a revision before it is rejected; 1 where the failure is certain. */
  maxAttempts: number
  drift: 'correct' | 'warn' | 'off'
  autoRollback: boolean
  dependsOn: Dependency[]
  /** How a new revision goes through the hosts of the component. Absent: to all at once, since nothing is changed there. */
  rollout?: Rollout
  /** When it may be changed. Absent: at any time. */
  window?: Window
  /** Nothing is changed, for this reason. */
  suspend?: { reason: string; until?: string }
}

export interface Rollout {
  /** Hosts that may be away from what was proven there at a time. */
  maxParallel: number
  /** Host that goes first, alone. */
  canary?: string
}

export interface Dependency {
  component: string
  /** A soft dependency only orders: it is waited for while it is deploying, not while it is failed. */
  soft: boolean
}
