// What is done while a revision is taken back: the host's copies are checked first, then it goes back and proves itself anew.
import type { Diff } from '../model/diff.ts'
import type { ResourceId } from '../model/resource.ts'
import { withoutContested } from './contest.ts'
import type { Blocker, Decision, Situation } from './decide.ts'
import { explainDiff } from './explain.ts'
import { isEmpty, isLost, LOST } from './keeping.ts'
import { timingOf } from './timing.ts'

/** Times the host may be put back to the last good generation before a rollback counts as failed. */
const MAX_ROLLBACKS = 3

export function decideRollingBack(at: Situation): Decision {
  const { lifecycle, active, nowMs, policy } = at
  if (isLost(at)) return { kind: 'tell', fact: { type: 'ROLLBACK_FAILED', message: LOST, nowMs } }
  if (active !== undefined && at.kept === undefined) return { kind: 'inspect', target: active }
  const diff = rolledBackDiff(at)
  const stop = crossing(at, diff) ?? damaged(at)
  if (stop !== undefined) return { kind: 'tell', fact: { type: 'ROLLBACK_FAILED', ...stop, nowMs } }
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

/** Everything is put back once; after that, not what somebody keeps changing. */
function rolledBackDiff({ lifecycle, active, diff }: Situation): Diff {
  const { rollbacks, contested } = lifecycle.context
  return rollbacks === 0 || active === undefined ? diff : withoutContested(diff, active, contested).put
}

/** Going back would have to undo what was declared not to be undone. */
function crossing({ irreversible }: Situation, { changes }: Diff): Blocker | undefined {
  const isUndone = (action: string) => action === 'create' || action === 'update' || action === 'remove'
  const found = changes.find(({ resource, action }) => isUndone(action) && irreversible.has(resource))
  if (found === undefined) return undefined
  return {
    reason: 'Irreversible',
    message: irreversibleMessage(found.resource, irreversible.get(found.resource) ?? ''),
  }
}

export function irreversibleMessage(resource: ResourceId, why: string): string {
  return `${resource} cannot be taken back: ${why}. Nothing of the change was taken back`
}

function damaged({ damage }: Situation): Blocker | undefined {
  return damage === undefined ? undefined : { reason: 'GenerationDamaged', message: damage }
}

/** A host that has no record of the component has nothing to say about it either. */
function hostKnowsRejection({ record, lifecycle }: Situation): boolean {
  const { desired } = lifecycle.context
  return record === undefined || desired === null || record.rejected.includes(desired)
}
