// What a pass does: state × situation → decision, and the reason wherever it is "not now".
import { describe, expect, it } from 'vitest'
import { advance } from '../../../machines/advance.ts'
import { timingOf } from '../../../src/plan/timing.ts'
import { CONFIG } from './given.ts'
import {
  blocker,
  decided,
  edited,
  failedUnit,
  lifecycleIn,
  NOW_MS,
  never,
  policy,
  proven,
  type Row,
  record,
  revision,
  said,
  target,
} from './situations.ts'

const rejectedOnly = record({ revision: '', rejected: [revision] })

const rows: Row[] = [
  ['nothing is left of what is disabled', { disabled: 'absent' }, { active: undefined }, 'settle'],
  ['nothing is left of what nobody names', { disabled: 'absent' }, { active: undefined, isListed: false }, 'forget'],
  [
    'something came back of what is disabled',
    { disabled: 'absent' },
    { active: undefined, diff: edited },
    'tell DISABLED',
  ],
  ['something is to be removed', { disabled: 'removing' }, { active: undefined, diff: edited }, 'remove'],
  ['everything was removed', { disabled: 'removing' }, { active: undefined }, 'tell REMOVED'],
  [
    'it was only ever rejected, and its host remembers that',
    { disabled: 'removing' },
    { active: undefined, record: rejectedOnly, removalBlockers: () => [{ ...blocker, reason: 'DependentsRunning' }] },
    'remove',
  ],
  [
    'the same, and nothing may be changed now',
    { disabled: 'removing' },
    { active: undefined, record: rejectedOnly, removalBlockers: () => [{ ...blocker, reason: 'OutsideWindow' }] },
    'tell BLOCKED',
  ],
  [
    'a record is left of what nobody names',
    { disabled: 'absent' },
    { active: undefined, isListed: false, record: record({ revision: '' }) },
    'tell DISABLED',
  ],
  [
    'everything was removed, and may still come back',
    { disabled: 'removing' },
    { active: undefined, record: record({ armed: { operationId: 'x-1-a', leftMs: 1 } }) },
    'settle',
  ],
  [
    'removal has to wait',
    { disabled: 'removing' },
    { active: undefined, diff: edited, removalBlockers: () => [blocker] },
    'tell BLOCKED',
  ],
  [
    'removal waits for what is known',
    { disabled: 'removing' },
    { active: undefined, diff: edited, removalBlockers: () => [blocker], context: blocker },
    'hold Because',
  ],
  [
    'a removal failed a moment ago',
    { disabled: 'removing' },
    { active: undefined, diff: edited, context: { dueAtMs: NOW_MS + 1, reason: 'ApplyFailed' } },
    'hold ApplyFailed',
  ],

  ['a new revision', { deploying: 'blocked' }, { diff: edited }, 'apply spec'],
  ['a new revision that is there already', { deploying: 'blocked' }, {}, 'tell APPLIED'],
  [
    'a new revision that has to wait',
    { deploying: 'blocked' },
    { diff: edited, deployBlockers: () => [blocker] },
    'tell BLOCKED',
  ],
  [
    'a new revision that waits for what is known',
    { deploying: 'blocked' },
    { diff: edited, deployBlockers: () => [blocker], context: blocker },
    'hold Because',
  ],
  [
    'a proven revision is put back, whatever its dependencies do',
    { deploying: 'blocked' },
    { diff: edited, deployBlockers: never, context: proven },
    'apply drift',
  ],
  [
    'a proven revision that is broken while nothing differs',
    { deploying: 'blocked' },
    { context: { ...proven, restart: true } },
    'apply drift',
  ],
  ['an operation that never started', { deploying: 'applying' }, { diff: edited }, 'apply spec'],
  ['its target is lost', { deploying: 'blocked' }, { active: undefined }, 'hold NoTarget'],

  ['nothing differs: it has to prove itself', { verifying: 'probing' }, {}, 'probe'],
  ['its process died: that is for the probes', { verifying: 'probing' }, { diff: failedUnit }, 'probe'],
  [
    'somebody changes it meanwhile',
    { verifying: 'soaking' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS } },
    'tell DRIFT_FOUND',
  ],
  [
    'somebody changes it again and again',
    { verifying: 'soaking' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS, corrections: 1 } },
    'hold Drifted',
  ],

  ['all is well: look whether it is', { healthy: 'inSync' }, { context: proven }, 'probe'],
  [
    'its host does not know that it was proven',
    { healthy: 'inSync' },
    { context: proven, record: record() },
    'confirm',
  ],
  [
    'its host knows',
    { healthy: 'inSync' },
    { context: proven, record: record({ verified: { generation: 1, revision } }) },
    'probe',
  ],
  [
    'its host has it by another revision, which differs in the probes alone, and does not know that it was proven',
    { healthy: 'inSync' },
    { context: proven, record: record({ revision: 'other' }) },
    'confirm',
  ],
  [
    'its host has it by another revision, and knows',
    { healthy: 'inSync' },
    { context: proven, record: record({ revision: 'other', verified: { generation: 1, revision: 'other' } }) },
    'probe',
  ],
  ['it drifted', { healthy: 'inSync' }, { diff: edited, context: proven }, 'tell DRIFT_FOUND'],
  [
    'it drifted, which nobody minds',
    { healthy: 'inSync' },
    { diff: edited, context: proven, policy: { ...policy, drift: 'off' } },
    'probe',
  ],
  [
    'its drift is to be corrected now',
    { healthy: 'drifted' },
    { diff: edited, context: { ...proven, dueAtMs: NOW_MS } },
    'tell CORRECTION_DUE',
  ],
  [
    'its drift is corrected a little later: meanwhile, look whether it is well',
    { healthy: 'drifted' },
    { diff: edited, context: { ...proven, dueAtMs: NOW_MS + 1 } },
    'probe',
  ],
  [
    'its drift is only to be told',
    { healthy: 'drifted' },
    { diff: edited, context: proven, policy: { ...policy, drift: 'warn' } },
    'tell DRIFT_LEFT',
  ],
  ['its drift went away', { healthy: 'drifted' }, { context: proven }, 'tell IN_SYNC'],
  [
    'its corrections are long over',
    { healthy: 'inSync' },
    { context: { ...proven, corrections: 2, enteredAtMs: NOW_MS - 600_000 } },
    'tell CALM',
  ],

  ['it is tried again', { failed: 'retrying' }, { context: { dueAtMs: NOW_MS } }, 'tell RETRY_DUE'],
  [
    'it is tried again later',
    { failed: 'retrying' },
    { context: { dueAtMs: NOW_MS + 1, reason: 'ApplyFailed' } },
    'hold ApplyFailed',
  ],
  ['nothing more is tried', { failed: 'stalled' }, { diff: edited }, 'hold Stalled'],
  ['it is put back', { failed: 'rollingBack' }, { diff: edited, context: { lastGood: 'good' } }, 'rollBack'],
  ['it is put back to nothing', { failed: 'rollingBack' }, { active: undefined, diff: edited }, 'rollBack'],
  ['it was put back', { failed: 'rollingBack' }, { context: { lastGood: 'good' } }, 'probe'],
  ['it was put back to nothing', { failed: 'rollingBack' }, { active: undefined }, 'tell PROBES_PASSED'],
  [
    'it was put back, and its host does not know why',
    { failed: 'rollingBack' },
    { record: record(), context: { lastGood: 'good' } },
    'rollBack',
  ],
  [
    'it was put back often enough',
    { failed: 'rollingBack' },
    { diff: edited, context: { lastGood: 'good', rollbacks: 3 } },
    'tell ROLLBACK_FAILED',
  ],
  [
    'what it is put back to is lost: nothing is removed for that',
    { failed: 'rollingBack' },
    { active: undefined, diff: edited, context: { lastGood: 'good' } },
    'tell ROLLBACK_FAILED',
  ],

  ['it stays taken back', { rolledBack: 'holding' }, { context: { lastGood: 'good' } }, 'settle'],
  [
    'what it was taken back to drifted',
    { rolledBack: 'holding' },
    { diff: edited, context: { lastGood: 'good' } },
    'tell DRIFT_FOUND',
  ],
  ['that is put right', { rolledBack: 'drifted' }, { diff: edited, context: { lastGood: 'good' } }, 'apply drift'],
  ['that is put right, from nothing', { rolledBack: 'drifted' }, { active: undefined, diff: edited }, 'remove'],
  [
    'that is put right a little later',
    { rolledBack: 'drifted' },
    { diff: edited, context: { lastGood: 'good', dueAtMs: NOW_MS + 1 } },
    'hold Waiting',
  ],
  [
    'that is not to be put right',
    { rolledBack: 'drifted' },
    { diff: edited, context: { lastGood: 'good' }, policy: { ...policy, drift: 'warn' } },
    'tell DRIFT_LEFT',
  ],
  ['that went away', { rolledBack: 'drifted' }, { context: { lastGood: 'good' } }, 'tell IN_SYNC'],
  [
    'what it was taken back to is lost: nothing is removed for that',
    { rolledBack: 'holding' },
    { active: undefined, diff: edited, context: { lastGood: 'good' } },
    'hold NoTarget',
  ],
]

describe('a decision', () => {
  it.each(rows)('%s: %o', (_, state, given, decision) => {
    expect(said(decided(state, given))).toBe(decision)
  })

  it('tells only facts that the lifecycle has a use for, so that deciding comes to rest', () => {
    for (const [what, state, given] of rows) {
      const decision = decided(state, given)
      if (decision.kind !== 'tell') continue
      const before = lifecycleIn(state, given?.context)
      expect(advance(before, decision.fact), what).not.toEqual(before)
    }
  })

  it('that waits for a time says when', () => {
    const wakeAtMs = NOW_MS + 7
    const waiting = [
      decided({ failed: 'retrying' }, { context: { dueAtMs: wakeAtMs } }),
      decided({ rolledBack: 'drifted' }, { diff: edited, context: { dueAtMs: wakeAtMs } }),
    ]
    expect(waiting.map((it) => (it.kind === 'hold' ? it.wakeAtMs : it))).toEqual([wakeAtMs, wakeAtMs])
  })

  it('to hold says to people why', () => {
    const edits = { verifyingSinceMs: NOW_MS, corrections: 1 }
    const drifted = decided({ verifying: 'probing' }, { diff: edited, context: edits })
    expect(drifted).toMatchObject({
      message: `changed on the host while it was verified: update file:${CONFIG}: mode 0600 → 0644`,
    })
    const stalled = decided({ failed: 'stalled' }, { context: { message: 'the disk is full' } })
    expect(stalled).toMatchObject({
      message:
        'the disk is full; nothing more is tried until the spec changes or somebody asks: homeostat reconcile COMPONENT',
    })
  })

  it('to apply a component that is broken while in sync restarts its units', () => {
    const decision = decided({ deploying: 'blocked' }, { context: { ...proven, restart: true } })
    expect(decision.kind === 'apply' ? decision.diff.changes.map(({ action }) => action) : decision).toEqual([
      'restart',
    ])
  })
})

describe('times that travel with facts', () => {
  it('ask for no soak where nothing is to be proven', () => {
    expect(timingOf(policy, target)).toEqual({
      minHealthyMs: 10_000,
      verifyDeadlineMs: 300_000,
      maxAttempts: 2,
      autoRollback: true,
    })
    expect(timingOf(policy, undefined).minHealthyMs).toBe(0)
  })
})
