// One lifecycle, one diff, one time: what this pass does. Every "not now" carries its reason.
import type { Lifecycle } from '../../machines/advance.ts'
import { stateName } from '../../machines/advance.ts'
import type { Fact, Timing } from '../../machines/facts.ts'
import { CALM_AFTER_MS } from '../../machines/lifecycle-context.ts'
import type { Diff } from '../model/diff.ts'
import type { ComponentRecord } from '../model/observation.ts'
import type { Cause } from '../model/operation.ts'
import type { Policy } from '../model/policy.ts'
import type { Target } from '../model/target.ts'
import { driftBackoffMs } from './backoff.ts'
import { withoutFailedUnits, withRestarts } from './diff.ts'
import { explainDiff } from './explain.ts'

export interface Blocker {
  reason: string
  message: string
}

export interface Situation {
  lifecycle: Lifecycle
  /** What the component shall be now: the desired target, the last good one while taken back, or nothing. */
  active: Target | undefined
  /** Between `active` and what was seen. */
  diff: Diff
  record: ComponentRecord | undefined
  policy: Policy
  /** What keeps a new revision from being applied: dependencies. */
  deployBlockers(): Blocker[]
  /** What keeps the component from being removed: broken files, dependents, too much at once. */
  removalBlockers(): Blocker[]
  /** Whether the desired state still names the component, enabled or not. */
  isListed: boolean
  nowMs: number
}

export type Decision =
  /** The lifecycle moves by a fact that needs nothing of the host; decide again. */
  | { kind: 'tell'; fact: Fact }
  /** Nothing to do before `wakeAtMs`, or before the next resync. */
  | { kind: 'settle'; wakeAtMs?: number }
  | { kind: 'hold'; reason: string; message: string; wakeAtMs?: number }
  | { kind: 'probe'; target: Target }
  | { kind: 'apply'; target: Target; diff: Diff; cause: Cause }
  | { kind: 'rollBack'; target: Target | undefined; diff: Diff }
  | { kind: 'remove'; diff: Diff }
  /** The host's own record does not say yet that this generation was proven. */
  | { kind: 'confirm'; generation: number }
  | { kind: 'forget' }

/** Times the host may be put back to the last good generation before a rollback counts as failed. */
const MAX_ROLLBACKS = 3

export function timingOf(policy: Policy, target: Target | undefined): Timing {
  const { verifyDeadlineMs, maxAttempts, autoRollback } = policy
  return { minHealthyMs: target === undefined ? 0 : policy.minHealthyMs, verifyDeadlineMs, maxAttempts, autoRollback }
}

export function decide(at: Situation): Decision {
  const [top, child] = stateName(at.lifecycle).split('.')
  switch (top) {
    case 'disabled':
      return child === 'removing' ? decideRemoving(at) : decideAbsent(at)
    case 'deploying':
      return decideDeploying(at)
    case 'verifying':
      return decideVerifying(at)
    case 'healthy':
      return decideHealthy(at, child === 'drifted')
    case 'failed':
      return child === 'rollingBack' ? decideRollingBack(at) : decideFailed(at, child === 'stalled')
    default:
      return decideRolledBack(at, child === 'drifted')
  }
}

const isEmpty = (diff: Diff) => diff.changes.length === 0

function decideRemoving(at: Situation): Decision {
  if (isEmpty(at.diff)) return { kind: 'tell', fact: { type: 'REMOVED', nowMs: at.nowMs } }
  const blocker = at.removalBlockers()[0]
  if (blocker !== undefined) return blockedBy(at, blocker)
  return notYetDue(at) ?? { kind: 'remove', diff: at.diff }
}

function decideAbsent(at: Situation): Decision {
  if (!isEmpty(at.diff)) return { kind: 'tell', fact: { type: 'DISABLED', nowMs: at.nowMs } }
  return at.isListed ? { kind: 'settle' } : { kind: 'forget' }
}

function decideDeploying(at: Situation): Decision {
  const { lifecycle, active, policy } = at
  if (active === undefined) return { kind: 'hold', reason: 'NoTarget', message: 'there is nothing to deploy yet' }
  const isProven = lifecycle.context.desired === lifecycle.context.lastGood
  const diff = lifecycle.context.restart ? withRestarts(at.diff, active) : at.diff
  if (isEmpty(diff))
    return { kind: 'tell', fact: { type: 'APPLIED', timing: timingOf(policy, active), nowMs: at.nowMs } }
  const blocker = isProven ? undefined : at.deployBlockers()[0]
  if (blocker !== undefined) return blockedBy(at, blocker)
  return { kind: 'apply', target: active, diff, cause: isProven ? 'drift' : 'spec' }
}

function decideVerifying(at: Situation): Decision {
  const { lifecycle, active, nowMs } = at
  if (active === undefined) return { kind: 'hold', reason: 'NoTarget', message: 'there is nothing to verify' }
  // A unit that systemd gave up on is what verification is there to find; nobody else has touched it.
  const diff = withoutFailedUnits(at.diff)
  if (isEmpty(diff)) return { kind: 'probe', target: active }
  const correctAtMs = (lifecycle.context.verifyingSinceMs ?? nowMs) + driftBackoffMs(lifecycle.context.corrections)
  const message = `changed on the host while it was verified: ${explainDiff(diff)}`
  if (nowMs < correctAtMs) return { kind: 'hold', reason: 'Drifted', message, wakeAtMs: correctAtMs }
  return { kind: 'tell', fact: { type: 'DRIFT_FOUND', message, correctAfterMs: 0, nowMs } }
}

function decideHealthy(at: Situation, isDrifted: boolean): Decision {
  const { lifecycle, active, policy, nowMs, record } = at
  if (active === undefined) return { kind: 'hold', reason: 'NoTarget', message: 'there is nothing to keep' }
  const drift = policy.drift === 'off' ? { changes: [] } : at.diff
  if (!isEmpty(drift)) return decideDrift(at, isDrifted)
  if (isDrifted) return { kind: 'tell', fact: { type: 'IN_SYNC', nowMs } }
  if (lifecycle.context.corrections > 0 && nowMs - lifecycle.context.enteredAtMs >= CALM_AFTER_MS) {
    return { kind: 'tell', fact: { type: 'IN_SYNC', nowMs } }
  }
  if (record !== undefined && record.revision === active.revision && record.verified?.revision !== active.revision) {
    return { kind: 'confirm', generation: record.generation }
  }
  return { kind: 'probe', target: active }
}

function decideDrift(at: Situation, isDrifted: boolean): Decision {
  const { lifecycle, policy, nowMs, diff } = at
  const message = explainDiff(diff)
  if (!isDrifted) {
    const correctAfterMs = driftBackoffMs(lifecycle.context.corrections)
    return { kind: 'tell', fact: { type: 'DRIFT_FOUND', message, correctAfterMs, nowMs } }
  }
  if (policy.drift === 'warn')
    return { kind: 'hold', reason: 'DriftNotCorrected', message: `drift.mode is warn: ${message}` }
  const dueAtMs = lifecycle.context.dueAtMs ?? nowMs
  if (nowMs < dueAtMs) return { kind: 'hold', reason: 'Drifted', message, wakeAtMs: dueAtMs }
  return { kind: 'tell', fact: { type: 'CORRECTION_DUE', nowMs } }
}

function decideFailed(at: Situation, isStalled: boolean): Decision {
  const { message } = at.lifecycle.context
  if (isStalled)
    return { kind: 'hold', reason: 'Stalled', message: `${message}; nothing more is tried until the spec changes` }
  return notYetDue(at) ?? { kind: 'tell', fact: { type: 'RETRY_DUE', nowMs: at.nowMs } }
}

function decideRollingBack(at: Situation): Decision {
  const { lifecycle, active, diff, nowMs, policy } = at
  if (isLost(at)) return { kind: 'tell', fact: { type: 'ROLLBACK_FAILED', message: LOST, nowMs } }
  if (!isEmpty(diff)) {
    if (lifecycle.context.rollbacks < MAX_ROLLBACKS) return { kind: 'rollBack', target: active, diff }
    const message = `put back ${MAX_ROLLBACKS} times and it still differs: ${explainDiff(diff)}`
    return { kind: 'tell', fact: { type: 'ROLLBACK_FAILED', message, nowMs } }
  }
  // A change that its checker refused left nothing to put back, but a lost store must find it rejected all the same.
  if (!hostKnowsRejection(at) && lifecycle.context.rollbacks < MAX_ROLLBACKS) {
    return { kind: 'rollBack', target: active, diff }
  }
  if (active !== undefined) return { kind: 'probe', target: active }
  return { kind: 'tell', fact: { type: 'PROBES_PASSED', timing: timingOf(policy, undefined), nowMs } }
}

/** A host that has no record of the component has nothing to say about it either. */
function hostKnowsRejection({ record, lifecycle }: Situation): boolean {
  const { desired } = lifecycle.context
  return record === undefined || desired === null || record.rejected.includes(desired)
}

function decideRolledBack(at: Situation, isDrifted: boolean): Decision {
  const { lifecycle, active, diff, nowMs, policy } = at
  if (isLost(at)) return { kind: 'hold', reason: 'NoTarget', message: LOST }
  if (isEmpty(diff)) return isDrifted ? { kind: 'tell', fact: { type: 'IN_SYNC', nowMs } } : { kind: 'settle' }
  const correctAfterMs = driftBackoffMs(lifecycle.context.corrections)
  if (!isDrifted)
    return { kind: 'tell', fact: { type: 'DRIFT_FOUND', message: explainDiff(diff), correctAfterMs, nowMs } }
  if (policy.drift !== 'correct') return { kind: 'settle' }
  return (
    notYetDue(at) ??
    (active === undefined ? { kind: 'remove', diff } : { kind: 'apply', target: active, diff, cause: 'drift' })
  )
}

/** Something was proven here, and what it was is not known any more: that is no reason to remove everything. */
function isLost({ lifecycle, active }: Situation): boolean {
  return active === undefined && lifecycle.context.lastGood !== null
}

const LOST = 'what was proven last is no longer in the store, so there is nothing to go back to'

function notYetDue(at: Situation): Decision | undefined {
  const { dueAtMs, reason, message } = at.lifecycle.context
  if (dueAtMs === null || at.nowMs >= dueAtMs) return undefined
  return { kind: 'hold', reason: reason || 'Waiting', message, wakeAtMs: dueAtMs }
}

function blockedBy(at: Situation, blocker: Blocker): Decision {
  const { context } = at.lifecycle
  if (context.reason === blocker.reason && context.message === blocker.message) return { kind: 'hold', ...blocker }
  return { kind: 'tell', fact: { type: 'BLOCKED', ...blocker, nowMs: at.nowMs } }
}
