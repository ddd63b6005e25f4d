// What a pass does about what is left as it is: drift that is only told, and fields that somebody keeps changing.
import { expect, it } from 'vitest'
import { advance } from '../../../machines/advance.ts'
import { CONFIG } from './given.ts'
import {
  decided,
  edited,
  failedUnit,
  lifecycleIn,
  MODE,
  NOW_MS,
  OFTEN,
  policy,
  proven,
  type Row,
  said,
  stoppedUnit,
} from './situations.ts'

const rows: Row[] = [
  [
    'somebody keeps changing it: there is no use in going on, and no end to it before its time',
    { verifying: 'probing' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS, contested: [MODE] } },
    'hold Contested',
  ],
  [
    'somebody kept changing it until its time was over',
    { verifying: 'probing' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS - 300_000, contested: [MODE] } },
    'tell VERIFICATION_OVERDUE',
  ],
  [
    'somebody changed it when its time was over',
    { verifying: 'probing' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS - 300_000 } },
    'tell VERIFICATION_OVERDUE',
  ],
  [
    'what was put back often enough changed again',
    { verifying: 'probing' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS, corrected: { [MODE]: OFTEN } } },
    'tell CONTESTED',
  ],
  [
    'what was proven proves itself again beside what is contested',
    { verifying: 'probing' },
    { diff: edited, context: { ...proven, contested: [MODE] } },
    'probe',
  ],
  [
    'what was proven proves itself again beside what is only told',
    { verifying: 'probing' },
    { diff: edited, context: proven, policy: { ...policy, drift: 'warn' } },
    'probe',
  ],
  [
    'it is put back because somebody changed it while it was verified',
    { deploying: 'blocked' },
    { diff: edited, context: { verifyingSinceMs: NOW_MS } },
    'apply drift',
  ],
  [
    'a new attempt puts back what was contested in the one before',
    { deploying: 'blocked' },
    { diff: edited, context: { contested: [MODE] } },
    'apply spec',
  ],
  [
    'of what was proven, what is contested is left',
    { deploying: 'blocked' },
    { diff: edited, context: { ...proven, contested: [MODE] } },
    'tell APPLIED',
  ],
  [
    'of what was proven, what is only told is left',
    { deploying: 'blocked' },
    { diff: edited, context: proven, policy: { ...policy, drift: 'warn' } },
    'tell APPLIED',
  ],
  [
    'a process that died is started where drift is only told',
    { deploying: 'blocked' },
    { diff: failedUnit, context: { ...proven, restart: true }, policy: { ...policy, drift: 'warn' } },
    'apply drift',
  ],
  [
    'a process that somebody stopped is left where drift is only told',
    { deploying: 'blocked' },
    { diff: stoppedUnit, context: { ...proven, restart: true }, policy: { ...policy, drift: 'warn' } },
    'tell APPLIED',
  ],
  [
    'a process that hangs is restarted beside a file that is left',
    { deploying: 'blocked' },
    { diff: edited, context: { ...proven, restart: true }, policy: { ...policy, drift: 'off' } },
    'apply drift',
  ],

  [
    'its drift was told: look whether it is well all the same',
    { healthy: 'drifted' },
    {
      diff: edited,
      context: { ...proven, drift: `drift.mode is warn: update file:${CONFIG}: mode 0600 → 0644` },
      policy: { ...policy, drift: 'warn' },
    },
    'probe',
  ],
  [
    'it drifted where nobody minds, and was drifted before that',
    { healthy: 'drifted' },
    { diff: edited, context: { ...proven, drift: 'x' }, policy: { ...policy, drift: 'off' } },
    'tell IN_SYNC',
  ],
  [
    'it is contested: look whether it is well all the same',
    { healthy: 'drifted' },
    { diff: edited, context: { ...proven, contested: [MODE] } },
    'probe',
  ],
  [
    'it was contested and is right again',
    { healthy: 'drifted' },
    { context: { ...proven, contested: [MODE] } },
    'tell CONTEST_OVER',
  ],
  [
    'it drifted once more after it was put back often enough',
    { healthy: 'inSync' },
    { diff: edited, context: { ...proven, corrected: { [MODE]: OFTEN } } },
    'tell CONTESTED',
  ],
  [
    'something else drifted beside what is contested',
    { healthy: 'drifted' },
    { diff: { changes: [...edited.changes, ...stoppedUnit.changes] }, context: { ...proven, contested: [MODE] } },
    'tell DRIFT_FOUND',
  ],
  [
    'it drifts and fails its probes: it is corrected in its time',
    { healthy: 'degraded' },
    { diff: edited, context: { ...proven, dueAtMs: NOW_MS } },
    'tell CORRECTION_DUE',
  ],
  [
    'it was put back once, and somebody changes it again: what is contested is left',
    { failed: 'rollingBack' },
    { diff: edited, context: { lastGood: 'good', rollbacks: 1, contested: [MODE] } },
    'probe',
  ],
  [
    'it is put back whole, once',
    { failed: 'rollingBack' },
    { diff: edited, context: { lastGood: 'good', contested: [MODE] } },
    'rollBack',
  ],

  [
    'its corrections while taken back are long over',
    { rolledBack: 'holding' },
    { context: { lastGood: 'good', corrections: 2, enteredAtMs: 0, correctedAtMs: NOW_MS - 600_000 } },
    'tell CALM',
  ],
  [
    'its corrections while taken back are not long over',
    { rolledBack: 'holding' },
    { context: { lastGood: 'good', corrections: 2, enteredAtMs: 0, correctedAtMs: NOW_MS - 599_999 } },
    'settle',
  ],
  [
    'what it was taken back to is contested',
    { rolledBack: 'holding' },
    { diff: edited, context: { lastGood: 'good', contested: [MODE] } },
    'settle',
  ],
]

it.each(rows)('%s: %o', (_, state, given, decision) => {
  expect(said(decided(state, given))).toBe(decision)
})

it('only facts that the lifecycle has a use for are told, so that deciding comes to rest', () => {
  for (const [what, state, given] of rows) {
    const decision = decided(state, given)
    if (decision.kind !== 'tell') continue
    const before = lifecycleIn(state, given?.context)
    expect(advance(before, decision.fact), what).not.toEqual(before)
  }
})

it('to apply says what stays as it is', () => {
  const diff = { changes: [...edited.changes, ...stoppedUnit.changes] }
  const decision = decided({ deploying: 'blocked' }, { diff, context: { ...proven, contested: [MODE] } })
  expect(decision).toMatchObject({ kind: 'apply', diff: stoppedUnit, left: edited })
})
