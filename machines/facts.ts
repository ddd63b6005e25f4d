// What the lifecycle is told: past-tense facts, each with the time it was observed. Nothing here is a wish or a command.
import type { Revision } from '../src/model/target.ts'

/** Times the lifecycle needs of a component's policy; they travel with the fact so that the machine holds no settings. */
export interface Timing {
  minHealthyMs: number
  verifyDeadlineMs: number
  maxAttempts: number
  autoRollback: boolean
}

export type Fact = { nowMs: number } & (
  | { type: 'TARGET_CHANGED'; revision: Revision }
  /** The component is disabled, or no longer in the desired state. */
  | { type: 'DISABLED' }
  | { type: 'REMOVED' }
  | { type: 'BLOCKED'; reason: string; message: string }
  /** The intent to change the host was saved; the operation is about to be sent. */
  | { type: 'APPLY_STARTED' }
  | { type: 'APPLIED'; timing: Timing }
  | { type: 'APPLY_FAILED'; certain: boolean; reason: string; message: string; timing: Timing; retryAfterMs: number }
  | { type: 'PROBES_PASSED'; timing: Timing }
  | { type: 'PROBES_FAILED'; certain: boolean; message: string; timing: Timing; retryAfterMs: number }
  | { type: 'DRIFT_FOUND'; message: string; correctAfterMs: number }
  | { type: 'IN_SYNC' }
  /** The drift is to be corrected now: its backoff is over and the policy says so. */
  | { type: 'CORRECTION_DUE' }
  | { type: 'RETRY_DUE' }
  /** Somebody asked for another try of a stalled or rejected revision. */
  | { type: 'RETRY_ASKED' }
  | { type: 'ROLLBACK_APPLIED' }
  | { type: 'ROLLBACK_FAILED'; message: string }
)

export type FactType = Fact['type']
