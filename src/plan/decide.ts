// One lifecycle, one diff, one time: what this pass does. Every "not now" carries its reason.
import type { Lifecycle } from '../../machines/advance.ts'
import { stateName } from '../../machines/advance.ts'
import type { Fact } from '../../machines/facts.ts'
import type { Diff } from '../model/diff.ts'
import type { ComponentKey } from '../model/key.ts'
import type { ComponentRecord, KeptGeneration } from '../model/observation.ts'
import type { Cause } from '../model/operation.ts'
import type { Policy } from '../model/policy.ts'
import type { ResourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { driftBackoffMs } from './backoff.ts'
import { decideChance, removalTakenBack } from './chance.ts'
import { contestMessage, contestNews, type Parts, withoutContested } from './contest.ts'
import { failedUnitsOnly, withoutFailedUnits, withRestarts } from './diff.ts'
import { explainDiff } from './explain.ts'
import { decideHealthy, decideRolledBack, isEmpty, keptParts } from './keeping.ts'
import { decideRollingBack } from './taking-back.ts'
import { isOnlyObserved, timingOf } from './timing.ts'
import { notYetDue } from './waiting.ts'

export interface Blocker {
  reason: string
  message: string
  /** When it ends by itself, where that is known. */
  untilMs?: number
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
  /** Whether another component on its host is healthy, and known to be so. */
  isWell(key: ComponentKey): boolean
  /** What keeps the component from being removed: broken files, dependents, too much at once. */
  removalBlockers(): Blocker[]
  /** What keeps the host from being changed at all. */
  standstill(): Blocker | undefined
  /** What keeps drift from being put right. */
  correctionBlocker(): Blocker | undefined
  /** Whether the desired state still names the component, enabled or not. */
  isListed: boolean
  /** What the host keeps of `active`, checked there; null: nothing, undefined: nobody looked yet. */
  kept: KeptGeneration | null | undefined
  /** Why `active` cannot be brought back as it was. */
  damage: string | undefined
  /** Resources whose change cannot be taken back, and why. */
  irreversible: ReadonlyMap<ResourceId, string>
  /** Milliseconds before the next attempt, should this one be given up. */
  retryAfterMs(): number
  nowMs: number
}

export type Decision =
  /** The lifecycle moves by a fact that needs nothing of the host; decide again. */
  | { kind: 'tell'; fact: Fact }
  /** Nothing to do before `wakeAtMs`, or before the next resync. */
  | { kind: 'settle'; wakeAtMs?: number }
  /** `mend`: only the host's damaged record of the component is written anew meanwhile. */
  | { kind: 'hold'; reason: string; message: string; wakeAtMs?: number; mend?: boolean }
  | { kind: 'probe'; target: Target }
  /** `left` differs too, and stays as it is. */
  | { kind: 'apply'; target: Target; diff: Diff; left: Diff; cause: Cause }
  | { kind: 'rollBack'; target: Target | undefined; diff: Diff }
  /** The host is asked what it keeps of the target, and whether that is undamaged. */
  | { kind: 'inspect'; target: Target }
  | { kind: 'remove'; diff: Diff; cause: Cause }
  /** The host's own record does not say yet that this generation was proven. */
  | { kind: 'confirm'; generation: number }
  | { kind: 'forget' }

/** What others bring about and is not well is asked again after 30 s at the latest: that costs nothing, and others wait for it. */
export function retryDelayMs(target: Target | undefined, backoffMs: number): number {
  return isOnlyObserved(target) ? Math.min(backoffMs, 30_000) : backoffMs
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

function decideRemoving(at: Situation): Decision {
  // Until somebody has reached it over a new connection, the host may still bring everything back.
  if (isEmpty(at.diff) && at.record?.armed !== undefined) return { kind: 'settle' }
  if (isGone(at)) return { kind: 'tell', fact: { type: 'REMOVED', nowMs: at.nowMs } }
  const back = isEmpty(at.diff) ? undefined : removalTakenBack(at)
  if (back !== undefined) return back
  const blocker = at.removalBlockers().find(({ reason }) => !isEmpty(at.diff) || !OF_WHAT_IS_THERE.has(reason))
  if (blocker !== undefined) return blockedBy(at, blocker)
  return notYetDue(at) ?? { kind: 'remove', diff: at.diff, cause: 'spec' }
}

/** A record alone is nothing that anybody could miss. */
const OF_WHAT_IS_THERE: ReadonlySet<string> = new Set(['RemovalNotConfirmed', 'DependentsRunning'])

function decideAbsent(at: Situation): Decision {
  if (isEmpty(at.diff) && at.record?.armed !== undefined) return { kind: 'settle' }
  if (!isGone(at)) return { kind: 'tell', fact: { type: 'DISABLED', nowMs: at.nowMs } }
  return at.isListed ? { kind: 'settle' } : { kind: 'forget' }
}

/** What was only ever rejected owns nothing, and is remembered by its host all the same. */
function isGone({ diff, record }: Situation): boolean {
  return isEmpty(diff) && record === undefined
}

function decideDeploying(at: Situation): Decision {
  const { lifecycle, active, policy, nowMs } = at
  if (active === undefined) return { kind: 'hold', reason: 'NoTarget', message: 'there is nothing to deploy yet' }
  const { put, left } = deployedParts(at)
  // What somebody has stopped is why the others fail.
  const isStopped = left.changes.some(({ resource }) => resource.startsWith('unit:'))
  const diff = lifecycle.context.restart && !isStopped ? withRestarts(put, active, policy.ignore) : put
  const blocker = isProven(at) ? undefined : at.deployBlockers()[0]
  // What is there already needs nobody; what others are still to bring about cannot be proven yet.
  if (isEmpty(diff) && (blocker === undefined || !isOnlyObserved(active)))
    return { kind: 'tell', fact: { type: 'APPLIED', timing: timingOf(policy, active), corrected: [], nowMs } }
  if (blocker !== undefined) return blockedBy(at, blocker)
  // What is verified was applied already: somebody else has changed it since.
  const isCorrection = isProven(at) || lifecycle.context.verifyingSinceMs !== null
  return { kind: 'apply', target: active, diff, left, cause: isCorrection ? 'drift' : 'spec' }
}

/** A new revision is brought about whole; of a proven one, only what may be put right. A process that died is not drift. */
function deployedParts(at: Situation): Parts {
  if (!isProven(at)) return { put: at.diff, left: { changes: [] } }
  if (at.policy.drift === 'correct') return keptParts(at, at.diff)
  return { put: failedUnitsOnly(at.diff), left: withoutFailedUnits(at.diff) }
}

function isProven({ lifecycle }: Situation): boolean {
  return lifecycle.context.desired === lifecycle.context.lastGood
}

function decideVerifying(at: Situation): Decision {
  const { lifecycle, active, nowMs } = at
  if (active === undefined) return { kind: 'hold', reason: 'NoTarget', message: 'there is nothing to verify' }
  // A unit that systemd gave up on is what verification is there to find; nobody else has touched it.
  const diff = withoutFailedUnits(at.diff)
  const news = contestNews(lifecycle.context, diff, nowMs)
  if (news !== undefined) return { kind: 'tell', fact: news }
  const { put, left } = isProven(at) ? keptParts(at, diff) : withoutContested(diff, active, lifecycle.context.contested)
  if (!isEmpty(put)) return verifyLater(at, 'Drifted', `changed on the host while it was verified: ${explainDiff(put)}`)
  if (isEmpty(left) || isProven(at)) return { kind: 'probe', target: active }
  return verifyLater(at, 'Contested', contestMessage(lifecycle.context.contested, `${active.component}@${active.host}`))
}

/** What was never proven is not proven on something else: it is put right, and that has its time. */
function verifyLater(at: Situation, reason: 'Drifted' | 'Contested', message: string): Decision {
  const { lifecycle, active, policy, nowMs } = at
  const { verifyingSinceMs, correctedAtMs, corrections } = lifecycle.context
  const overdueAtMs = (verifyingSinceMs ?? nowMs) + policy.verifyDeadlineMs
  if (nowMs >= overdueAtMs) {
    const timing = timingOf(policy, active)
    return {
      kind: 'tell',
      fact: { type: 'VERIFICATION_OVERDUE', reason, message, timing, retryAfterMs: at.retryAfterMs(), nowMs },
    }
  }
  if (reason === 'Contested') return { kind: 'hold', reason, message, wakeAtMs: overdueAtMs }
  const correctAtMs = (correctedAtMs ?? verifyingSinceMs ?? nowMs) + driftBackoffMs(corrections)
  if (nowMs < correctAtMs) return { kind: 'hold', reason, message, wakeAtMs: Math.min(correctAtMs, overdueAtMs) }
  return { kind: 'tell', fact: { type: 'DRIFT_FOUND', message, correctAfterMs: 0, nowMs } }
}

const STALLED = 'nothing more is tried until the spec changes or somebody asks: homeostat reconcile COMPONENT'

function decideFailed(at: Situation, isStalled: boolean): Decision {
  const { message } = at.lifecycle.context
  if (isStalled) return decideChance(at) ?? { kind: 'hold', reason: 'Stalled', message: `${message}; ${STALLED}` }
  const standstill = at.standstill()
  // It may come to itself; nobody brings it to.
  if (standstill !== undefined && isProven(at) && at.active !== undefined) return { kind: 'probe', target: at.active }
  if (standstill !== undefined) return heldBy(standstill)
  return notYetDue(at) ?? { kind: 'tell', fact: { type: 'RETRY_DUE', nowMs: at.nowMs } }
}

function blockedBy(at: Situation, blocker: Blocker): Decision {
  const { context } = at.lifecycle
  const { reason, message } = blocker
  if (context.reason === reason && context.message === message) return heldBy(blocker)
  return { kind: 'tell', fact: { type: 'BLOCKED', reason, message, nowMs: at.nowMs } }
}

/** Nothing is done until the blocker ends. */
export function heldBy({ reason, message, untilMs }: Blocker): Extract<Decision, { kind: 'hold' }> {
  return { kind: 'hold', reason, message, ...(untilMs === undefined ? {} : { wakeAtMs: untilMs }) }
}
