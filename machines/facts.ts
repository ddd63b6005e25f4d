// What the lifecycle is told: past-tense facts, each with the time it was observed. Nothing here is a wish or a command.
import type { ComponentKey } from '../src/model/key.ts'
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
  /** `corrected`: the fields that were put back although they had been right; none where the change was asked for. */
  | { type: 'APPLIED'; timing: Timing; corrected: string[] }
  | { type: 'APPLY_FAILED'; certain: boolean; reason: string; message: string; timing: Timing; retryAfterMs: number }
  /** The host was restarted in the middle of the operation: that says nothing about the revision. */
  | { type: 'INTERRUPTED'; message: string; retryAfterMs: number }
  | { type: 'PROBES_PASSED'; timing: Timing }
  /** `lacks`: components that are not well, where nothing failed but what cannot pass without them. */
  | {
      type: 'PROBES_FAILED'
      certain: boolean
      message: string
      timing: Timing
      retryAfterMs: number
      lacks?: ComponentKey[]
    }
  /** The time for verifying is over, and there was no use in asking the probes: the reason says why. */
  | { type: 'VERIFICATION_OVERDUE'; reason: string; message: string; timing: Timing; retryAfterMs: number }
  | { type: 'DRIFT_FOUND'; message: string; correctAfterMs: number }
  /** It differs, and the policy says that it is only told. */
  | { type: 'DRIFT_LEFT'; message: string }
  /** These fields were put back so often that they are left as they are. */
  | { type: 'CONTESTED'; fields: string[] }
  /** These fields are as they should be, whoever did that. */
  | { type: 'CONTEST_OVER'; fields: string[] }
  | { type: 'IN_SYNC' }
  /** Nothing had to be put right for long. */
  | { type: 'CALM' }
  /** The drift is to be corrected now: its backoff is over and the policy says so. */
  | { type: 'CORRECTION_DUE' }
  | { type: 'RETRY_DUE' }
  /** A person asked: whatever waits for its time, or was given up, is tried again now. */
  | { type: 'RETRY_ASKED' }
  /** It was taken back for something that says nothing about it, and is tried once more. */
  | { type: 'CHANCE_DUE'; message: string }
  /** The host went back to what ran before by itself. */
  | { type: 'TAKEN_BACK'; message: string }
  | { type: 'ROLLBACK_APPLIED' }
  /** `reason`: why it cannot be done at all; absent where it was tried. */
  | { type: 'ROLLBACK_FAILED'; message: string; reason?: string }
  /** A person wants what was proven here before, `revision`, instead of what is written. */
  | { type: 'ROLLBACK_ASKED'; revision: Revision; message: string }
  /** A person says that this revision may be tried on this host again. */
  | { type: 'UNQUARANTINED'; revision: Revision }
)

export type FactType = Fact['type']
