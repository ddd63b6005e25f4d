// What the lifecycle remembers after each fact, and what it forgets: from a memory in which nothing is empty.
import { describe, expect, it } from 'vitest'
import { advance, initialLifecycle, type Lifecycle, stateName } from '../../../machines/advance.ts'
import type { Fact, FactType, Timing } from '../../../machines/facts.ts'

type Context = Lifecycle['context']

const NOW = 1_000
const worn: Context = {
  ...{ desired: 'b', lastGood: 'a', rejected: ['x'], lacked: ['y@h'], chances: 1, attempts: 1 },
  ...{ corrections: 2, correctedAtMs: 50, corrected: { f: [50] }, contested: ['c'], drift: 'edited' },
  ...{ rollbacks: 1, interruptions: 2, restart: true, enteredAtMs: 10, verifyingSinceMs: 100, healthySinceMs: 200 },
  ...{ dueAtMs: 300, probeFailures: 1, probeSuccesses: 1, reason: 'Old', message: 'old' },
}
/** Soaked, and out of time, at exactly `NOW`; one failed attempt is left. */
const timing: Timing = { minHealthyMs: 800, verifyDeadlineMs: 900, maxAttempts: 3, autoRollback: true }
const notYet: Timing = { minHealthyMs: 801, verifyDeadlineMs: 901, maxAttempts: 3, autoRollback: true }
const last: Timing = { ...timing, maxAttempts: 2 }

const unprobed = { dueAtMs: null, healthySinceMs: null, verifyingSinceMs: null, probeFailures: 0, probeSuccesses: 0 }
const uncounted = {
  ...{ lacked: [], chances: 0, attempts: 0, corrections: 0, correctedAtMs: null, corrected: {}, contested: [] },
  ...{ drift: '', interruptions: 0, restart: false, reason: '', message: '' },
}
const entered = { enteredAtMs: NOW }
const said = { reason: 'New', message: 'new' }
const proving = { ...unprobed, verifyingSinceMs: NOW }

type Details = Record<string, unknown>
type Row = [says: string, from: string, fact: FactType, details: Details, to: string, changes: Partial<Context>]

const failure = { ...said, certain: false, timing: notYet, retryAfterMs: 70 }
// biome-ignore format: a table reads by its rows
const rows: Row[] = [
  ['a new revision begins with nothing counted',
    'healthy.drifted', 'TARGET_CHANGED', { revision: 'c' }, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, desired: 'c' }],
  ['the revision that is there already is no news',
    'failed.stalled', 'TARGET_CHANGED', { revision: 'b' }, 'failed.stalled', {}],
  ['what was taken back here is not tried: what ran before stays, and it says why',
    'healthy.inSync', 'TARGET_CHANGED', { revision: 'x' }, 'failed.rollingBack', { ...uncounted, ...proving, ...entered, desired: 'x', rollbacks: 0, reason: 'Quarantined', message: 'this revision was taken back on this host before; it is not tried again until the spec changes' }],
  ['what is not wanted any more is forgotten, but for what was proven',
    'verifying.soaking', 'DISABLED', {}, 'disabled.removing', { ...unprobed, ...uncounted, ...entered, desired: null }],
  ['what is absent may have to go once more',
    'disabled.absent', 'DISABLED', {}, 'disabled.removing', {}],
  ['what is being removed is told no twice',
    'disabled.removing', 'DISABLED', {}, 'disabled.removing', {}],
  ['what is gone was proven in vain',
    'disabled.removing', 'REMOVED', {}, 'disabled.absent', { ...unprobed, ...uncounted, desired: null, lastGood: null }],
  ['a removal says what holds it',
    'disabled.removing', 'BLOCKED', said, 'disabled.removing', said],
  ['a removal that failed waits',
    'disabled.removing', 'APPLY_FAILED', failure, 'disabled.removing', { ...unprobed, ...said, dueAtMs: NOW + 70, attempts: 2, lacked: [] }],
  ['a deployment says what holds it',
    'deploying.blocked', 'BLOCKED', said, 'deploying.blocked', said],
  ['also once it had begun',
    'deploying.applying', 'BLOCKED', said, 'deploying.blocked', said],
  ['and says no more when it goes on',
    'deploying.blocked', 'APPLY_STARTED', {}, 'deploying.applying', { reason: '', message: '' }],
  ['what was interrupted is tried again at once, and counted',
    'deploying.applying', 'INTERRUPTED', { message: 'new', retryAfterMs: 70 }, 'deploying.blocked', { interruptions: 3, reason: 'HostRestarted', message: 'new' }],
  ['what was put there has to prove itself, in the time that it had',
    'deploying.applying', 'APPLIED', { timing, corrected: [] }, 'verifying.probing', { ...unprobed, ...entered, verifyingSinceMs: 100, interruptions: 0, restart: false, reason: '', message: '' }],
  ['what was put right is counted by field',
    'deploying.applying', 'APPLIED', { timing, corrected: ['f', 'g'] }, 'verifying.probing', { ...unprobed, ...entered, verifyingSinceMs: 100, interruptions: 0, restart: false, reason: '', message: '', correctedAtMs: NOW, corrected: { f: [50, NOW], g: [NOW] } }],
  ['an attempt that failed is followed by another',
    'deploying.applying', 'APPLY_FAILED', failure, 'failed.retrying', { ...unprobed, ...entered, ...said, dueAtMs: NOW + 70, attempts: 2, lacked: [] }],
  ['the last one takes it back',
    'deploying.applying', 'APPLY_FAILED', { ...failure, timing: last }, 'failed.rollingBack', { ...proving, ...entered, ...said, attempts: 2, lacked: [], rollbacks: 0 }],
  ['so does one that is certain',
    'deploying.applying', 'APPLY_FAILED', { ...failure, certain: true }, 'failed.rollingBack', { ...proving, ...entered, ...said, attempts: 2, lacked: [], rollbacks: 0 }],
  ['but not where nothing is taken back by itself',
    'deploying.applying', 'APPLY_FAILED', { ...failure, certain: true, timing: { ...last, autoRollback: false } }, 'failed.retrying', { ...unprobed, ...entered, ...said, dueAtMs: NOW + 70, attempts: 2, lacked: [] }],
  ['drift found while it proves itself is put right',
    'verifying.soaking', 'DRIFT_FOUND', { message: 'new', correctAfterMs: 5 }, 'deploying.blocked', { ...entered, corrections: 3, dueAtMs: null, drift: '' }],
  ['a round that passed is the beginning of the soak',
    'verifying.probing', 'PROBES_PASSED', { timing: notYet }, 'verifying.soaking', { probeSuccesses: 2, probeFailures: 0, reason: '', message: '' }],
  ['proven, but something differs that is left',
    'verifying.soaking', 'PROBES_PASSED', { timing }, 'healthy.drifted', { ...unprobed, ...entered, lastGood: 'b', attempts: 0, lacked: [], restart: false, reason: '', message: '' }],
  ['a round that failed breaks the soak',
    'verifying.soaking', 'PROBES_FAILED', failure, 'verifying.probing', { healthySinceMs: null, probeSuccesses: 0, probeFailures: 2, reason: 'ProbesFailed', message: 'new' }],
  ['the last moment of a verification takes it back',
    'verifying.soaking', 'PROBES_FAILED', { ...failure, timing, lacks: ['z@h'] }, 'failed.rollingBack', { ...proving, ...entered, attempts: 2, lacked: ['z@h'], rollbacks: 0, reason: 'VerificationFailed', message: 'new' }],
  ['or lets it be tried again, where nothing is taken back',
    'verifying.soaking', 'PROBES_FAILED', { ...failure, timing: { ...timing, autoRollback: false } }, 'failed.retrying', { ...unprobed, ...entered, dueAtMs: NOW + 70, attempts: 2, lacked: [], reason: 'VerificationFailed', message: 'new' }],
  ['a verification that is over without probes takes it back',
    'verifying.probing', 'VERIFICATION_OVERDUE', failure, 'failed.rollingBack', { ...proving, ...entered, ...said, attempts: 2, lacked: [], rollbacks: 0 }],
  ['or lets it be tried again',
    'verifying.probing', 'VERIFICATION_OVERDUE', { ...failure, timing: { ...timing, autoRollback: false } }, 'failed.retrying', { ...unprobed, ...entered, ...said, dueAtMs: NOW + 70, attempts: 2, lacked: [] }],
  ['drift is remembered with its time',
    'healthy.inSync', 'DRIFT_FOUND', { message: 'new', correctAfterMs: 5 }, 'healthy.drifted', { dueAtMs: NOW + 5, drift: 'new' }],
  ['and that time stands when it is found again',
    'healthy.drifted', 'DRIFT_FOUND', { message: 'new', correctAfterMs: 5 }, 'healthy.drifted', {}],
  ['what is only told waits for nothing',
    'healthy.inSync', 'DRIFT_LEFT', { message: 'new' }, 'healthy.drifted', { dueAtMs: null, drift: 'new' }],
  ['also while it is broken',
    'healthy.degraded', 'DRIFT_LEFT', { message: 'new' }, 'healthy.degraded', { dueAtMs: null, drift: 'new' }],
  ['what is in sync but for a contest stays drifted',
    'healthy.drifted', 'IN_SYNC', {}, 'healthy.drifted', { dueAtMs: null, drift: '' }],
  ['what is in sync while it is broken stays broken',
    'healthy.degraded', 'IN_SYNC', {}, 'healthy.degraded', { dueAtMs: null, drift: '' }],
  ['a contest makes of what is in sync what is not',
    'healthy.inSync', 'CONTESTED', { fields: ['f', 'b'] }, 'healthy.drifted', { contested: ['b', 'c', 'f'], corrected: {} }],
  ['a contest is known while it is broken',
    'healthy.degraded', 'CONTESTED', { fields: ['d'] }, 'healthy.degraded', { contested: ['c', 'd'] }],
  ['and while it proves itself',
    'verifying.probing', 'CONTESTED', { fields: ['d'] }, 'verifying.probing', { contested: ['c', 'd'] }],
  ['and where it was taken back',
    'rolledBack.holding', 'CONTESTED', { fields: ['d'] }, 'rolledBack.holding', { contested: ['c', 'd'] }],
  ['a contest that is over is over everywhere',
    'rolledBack.holding', 'CONTEST_OVER', { fields: ['c'] }, 'rolledBack.holding', { contested: [] }],
  ['a contest of another field is not over',
    'healthy.drifted', 'CONTEST_OVER', { fields: ['f'] }, 'healthy.drifted', {}],
  ['a correction that is due is a deployment',
    'healthy.drifted', 'CORRECTION_DUE', {}, 'deploying.blocked', { ...entered, corrections: 3, dueAtMs: null, drift: '' }],
  ['long in sync, corrections are forgotten',
    'healthy.inSync', 'CALM', { nowMs: 600_050 }, 'healthy.inSync', { corrections: 0 }],
  ['not before',
    'healthy.inSync', 'CALM', { nowMs: 600_049 }, 'healthy.inSync', {}],
  ['also where it was taken back',
    'rolledBack.holding', 'CALM', { nowMs: 600_050 }, 'rolledBack.holding', { corrections: 0 }],
  ['a round that failed is counted',
    'healthy.inSync', 'PROBES_FAILED', failure, 'healthy.inSync', { healthySinceMs: null, probeSuccesses: 0, probeFailures: 2, reason: 'ProbesFailed', message: 'new' }],
  ['a round that passed ends the count',
    'healthy.inSync', 'PROBES_PASSED', { timing }, 'healthy.inSync', { probeSuccesses: 2, probeFailures: 0, reason: '', message: '' }],
  ['what recovers while it differs is drifted',
    'healthy.degraded', 'PROBES_PASSED', { timing }, 'healthy.drifted', { probeSuccesses: 2, probeFailures: 0, reason: '', message: '' }],
  ['a retry that is due forgets nothing',
    'failed.retrying', 'RETRY_DUE', {}, 'deploying.blocked', entered],
  ['one that is asked for begins anew, and still restarts what is broken',
    'failed.retrying', 'RETRY_ASKED', {}, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, restart: true }],
  ['also what was given up',
    'failed.stalled', 'RETRY_ASKED', {}, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, restart: true }],
  ['a chance is counted',
    'failed.stalled', 'CHANCE_DUE', { message: 'new' }, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, restart: true, chances: 2 }],
  ['also of what was taken back',
    'rolledBack.drifted', 'CHANCE_DUE', { message: 'new' }, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, restart: true, chances: 2 }],
  ['who asks has what is contested and what waits put right now',
    'healthy.drifted', 'RETRY_ASKED', {}, 'healthy.drifted', { dueAtMs: null, corrections: 0, correctedAtMs: null, corrected: {}, contested: [], drift: '' }],
  ['what failed and passes again says why it had failed',
    'failed.retrying', 'PROBES_PASSED', { timing }, 'failed.retrying', {}],
  ['what failed and fails again, too',
    'failed.retrying', 'PROBES_FAILED', failure, 'failed.retrying', { healthySinceMs: null, probeFailures: 2 }],
  ['what was gone back to has the whole time to prove itself',
    'failed.rollingBack', 'ROLLBACK_APPLIED', {}, 'failed.rollingBack', { ...proving, rollbacks: 2 }],
  ['is the end of the change when it is proven, and why is kept',
    'failed.rollingBack', 'PROBES_PASSED', { timing }, 'rolledBack.holding', { ...unprobed, ...entered, rejected: ['x', 'b'] }],
  ['is waited for until then',
    'failed.rollingBack', 'PROBES_PASSED', { timing: notYet }, 'failed.rollingBack', {}],
  ['may fail a round',
    'failed.rollingBack', 'PROBES_FAILED', failure, 'failed.rollingBack', { healthySinceMs: null, probeFailures: 2 }],
  ['is given up at its deadline, and what both lacked is known',
    'failed.rollingBack', 'PROBES_FAILED', { ...failure, timing, lacks: ['a@h', 'y@h'] }, 'failed.stalled', { ...unprobed, lacked: ['a@h', 'y@h'], reason: 'New', message: 'new' }],
  ['or when it could not be done',
    'failed.rollingBack', 'ROLLBACK_FAILED', { message: 'new' }, 'failed.stalled', { ...unprobed, lacked: [], reason: 'RollbackFailed', message: 'new' }],
  ['its host was first to go back',
    'failed.rollingBack', 'TAKEN_BACK', { message: 'new' }, 'failed.rollingBack', { ...proving, rollbacks: 1 }],
  ['its host went back by itself',
    'verifying.probing', 'TAKEN_BACK', { message: 'new' }, 'failed.rollingBack', { ...proving, ...entered, rollbacks: 1, lacked: [], reason: 'RolledBackByHost', message: 'new' }],
  ['a person has it taken back',
    'healthy.degraded', 'ROLLBACK_ASKED', { revision: 'x', message: 'new' }, 'failed.rollingBack', { ...uncounted, ...proving, ...entered, lastGood: 'x', rejected: [], rollbacks: 0, reason: 'RollbackAsked', message: 'new' }],
  ['what is written is not taken back for itself',
    'healthy.degraded', 'ROLLBACK_ASKED', { revision: 'b', message: 'new' }, 'healthy.degraded', {}],
  ['nor is anything where nothing is wanted',
    'disabled.removing', 'ROLLBACK_ASKED', { revision: 'x', message: 'new' }, 'disabled.removing', {}],
  ['a quarantine is lifted',
    'healthy.inSync', 'UNQUARANTINED', { revision: 'x' }, 'healthy.inSync', { rejected: [] }],
  ['that of another revision tries nothing',
    'rolledBack.holding', 'UNQUARANTINED', { revision: 'x' }, 'rolledBack.holding', { rejected: [] }],
  ['that of what is written tries it',
    'rolledBack.holding', 'UNQUARANTINED', { revision: 'b' }, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, restart: true }],
  ['taken back, drift is found',
    'rolledBack.holding', 'DRIFT_FOUND', { message: 'new', correctAfterMs: 5 }, 'rolledBack.drifted', { dueAtMs: NOW + 5, drift: 'new' }],
  ['or only told',
    'rolledBack.drifted', 'DRIFT_LEFT', { message: 'new' }, 'rolledBack.holding', { dueAtMs: null, drift: 'new' }],
  ['or told while nothing waits',
    'rolledBack.holding', 'DRIFT_LEFT', { message: 'new' }, 'rolledBack.holding', { dueAtMs: null, drift: 'new' }],
  ['or gone by itself',
    'rolledBack.drifted', 'IN_SYNC', {}, 'rolledBack.holding', { dueAtMs: null, drift: '' }],
  ['or told to be gone',
    'rolledBack.holding', 'IN_SYNC', {}, 'rolledBack.holding', { dueAtMs: null, drift: '' }],
  ['or put right, which is counted, and why it was taken back is kept',
    'rolledBack.drifted', 'APPLIED', { timing, corrected: ['f'] }, 'rolledBack.holding', { dueAtMs: null, drift: '', corrections: 3, correctedAtMs: NOW, corrected: { f: [50, NOW] } }],
  ['or tried again later',
    'rolledBack.drifted', 'APPLY_FAILED', failure, 'rolledBack.drifted', { corrections: 3, dueAtMs: NOW + 70 }],
  ['also after a restart of its host',
    'rolledBack.drifted', 'INTERRUPTED', { message: 'new', retryAfterMs: 70 }, 'rolledBack.drifted', { corrections: 3, dueAtMs: NOW + 70 }],
]

function tell(from: string, context: Partial<Context>, type: FactType, details: Details): Lifecycle {
  const [top = '', child = ''] = from.split('.')
  const before = { ...initialLifecycle(), value: { [top]: child }, context: { ...worn, ...context } }
  return advance(before, { nowMs: NOW, ...details, type } as Fact)
}

describe('the memory of a lifecycle', () => {
  it.each(rows)('%s (%s, %s)', (_, from, type, details, to, changes) => {
    const after = tell(from, {}, type, details)
    expect([stateName(after), after.context]).toEqual([to, { ...worn, ...changes }])
  })

  const alike = { dueAtMs: null, drift: '', contested: [] }
  const ten = Array.from({ length: 10 }, (_, i) => `r${i}`)
  const well = {
    ...unprobed,
    ...entered,
    lastGood: 'b',
    attempts: 0,
    lacked: [],
    restart: false,
    reason: '',
    message: '',
  }
  const round = { probeSuccesses: 2, probeFailures: 0, reason: '', message: '' }
  const failed = { healthySinceMs: null, probeSuccesses: 0, reason: 'ProbesFailed', message: 'new' }
  const spent = { ...failure, timing }
  // biome-ignore format: as above
  const edges: [from: string, worn: Partial<Context>, fact: FactType, details: Details, to: string, changes: Partial<Context>][] = [
    // Three failed rounds degrade, six restart, unless something differs or somebody else is missing; two that pass recover.
    ['healthy.inSync', { probeFailures: 2 }, 'PROBES_FAILED', failure, 'healthy.degraded', { ...failed, probeFailures: 3 }],
    ['healthy.degraded', { ...alike, probeFailures: 4 }, 'PROBES_FAILED', failure, 'healthy.degraded', { ...failed, probeFailures: 5 }],
    ['healthy.degraded', { ...alike, probeFailures: 5 }, 'PROBES_FAILED', failure, 'failed.retrying', { ...unprobed, ...entered, restart: true, dueAtMs: NOW + 70, reason: 'Unhealthy', message: 'new' }],
    ['healthy.degraded', { probeFailures: 5 }, 'PROBES_FAILED', failure, 'healthy.degraded', { ...failed, probeFailures: 6 }],
    ['healthy.degraded', { ...alike, probeFailures: 5 }, 'PROBES_FAILED', { ...failure, lacks: ['y@h'] }, 'healthy.degraded', { ...failed, probeFailures: 6 }],
    ['healthy.degraded', { probeSuccesses: 0 }, 'PROBES_PASSED', { timing }, 'healthy.degraded', { ...round, probeSuccesses: 1 }],
    ['healthy.degraded', alike, 'PROBES_PASSED', { timing }, 'healthy.inSync', round],
    ['healthy.degraded', { ...alike, dueAtMs: 1 }, 'PROBES_PASSED', { timing }, 'healthy.drifted', round],
    ['healthy.degraded', { ...alike, drift: 'edited' }, 'PROBES_PASSED', { timing }, 'healthy.drifted', round],
    ['healthy.degraded', { ...alike, contested: ['c'] }, 'PROBES_PASSED', { timing }, 'healthy.drifted', round],
    ['healthy.drifted', { contested: [] }, 'IN_SYNC', {}, 'healthy.inSync', { dueAtMs: null, drift: '' }],
    // What drifts while it fails its probes waits for its correction from then on, and not anew each time it is seen.
    ['healthy.degraded', { ...alike, dueAtMs: null }, 'DRIFT_FOUND', { message: 'new', correctAfterMs: 5 }, 'healthy.degraded', { dueAtMs: NOW + 5, drift: 'new' }],
    ['healthy.degraded', {}, 'DRIFT_FOUND', { message: 'new', correctAfterMs: 5 }, 'healthy.degraded', {}],
    // The soak begins with the first round that passes, and may be over with it.
    ['verifying.soaking', alike, 'PROBES_PASSED', { timing }, 'healthy.inSync', well],
    ['verifying.probing', { ...alike, healthySinceMs: null }, 'PROBES_PASSED', { timing }, 'verifying.soaking', { ...round, healthySinceMs: NOW }],
    ['verifying.probing', { ...alike, healthySinceMs: null }, 'PROBES_PASSED', { timing: { ...timing, minHealthyMs: 0 } }, 'healthy.inSync', well],
    ['failed.rollingBack', { healthySinceMs: null }, 'PROBES_PASSED', { timing }, 'failed.rollingBack', { healthySinceMs: NOW }],
    // What came to itself is not restarted with the next correction.
    ['failed.retrying', { ...alike, lastGood: 'b' }, 'PROBES_PASSED', { timing }, 'healthy.inSync', well],
    ['failed.retrying', { ...alike, lastGood: 'b' }, 'PROBES_PASSED', { timing: notYet }, 'failed.retrying', {}],
    ['failed.retrying', { ...alike, lastGood: 'b', healthySinceMs: null }, 'PROBES_PASSED', { timing }, 'failed.retrying', { healthySinceMs: NOW }],
    // What was proven is not taken back by itself.
    ['deploying.applying', { lastGood: 'b' }, 'APPLY_FAILED', { ...failure, certain: true }, 'failed.retrying', { ...unprobed, ...entered, ...said, dueAtMs: NOW + 70, attempts: 2, lacked: [] }],
    ['verifying.probing', { lastGood: 'b' }, 'PROBES_FAILED', spent, 'failed.retrying', { ...unprobed, ...entered, dueAtMs: NOW + 70, attempts: 2, lacked: [], reason: 'VerificationFailed', message: 'new' }],
    ['verifying.probing', { lastGood: 'b' }, 'PROBES_FAILED', { ...spent, lacks: ['y@h'] }, 'healthy.degraded', { ...unprobed, ...entered, ...failed, attempts: 0, lacked: [], restart: false, probeFailures: 2 }],
    ['verifying.probing', { lastGood: 'b' }, 'PROBES_FAILED', { ...failure, lacks: ['y@h'] }, 'verifying.probing', { ...failed, probeFailures: 2 }],
    // A verification that nobody knows the beginning of has all its time.
    ['verifying.probing', { verifyingSinceMs: null }, 'PROBES_FAILED', spent, 'verifying.probing', { ...failed, probeFailures: 2 }],
    ['deploying.applying', { verifyingSinceMs: null }, 'APPLIED', { timing, corrected: [] }, 'verifying.probing', { ...unprobed, ...entered, verifyingSinceMs: NOW, interruptions: 0, restart: false, reason: '', message: '' }],
    // Ten that were rejected are known, the latest of them, each once.
    ['failed.rollingBack', { rejected: ten }, 'PROBES_PASSED', { timing }, 'rolledBack.holding', { ...unprobed, ...entered, rejected: [...ten.slice(1), 'b'] }],
    ['failed.rollingBack', { rejected: ['b', 'x'] }, 'PROBES_PASSED', { timing }, 'rolledBack.holding', { ...unprobed, ...entered, rejected: ['x', 'b'] }],
    // What is wanted once more is rejected no longer; the others are as ever.
    ['healthy.inSync', { rejected: ['x', 'y'] }, 'UNQUARANTINED', { revision: 'x' }, 'healthy.inSync', { rejected: ['y'] }],
    ['rolledBack.holding', { rejected: ['b', 'y'] }, 'UNQUARANTINED', { revision: 'b' }, 'deploying.blocked', { ...unprobed, ...uncounted, ...entered, restart: true, rejected: ['y'] }],
    ['healthy.degraded', { rejected: ['x', 'y'] }, 'ROLLBACK_ASKED', { revision: 'x', message: 'new' }, 'failed.rollingBack', { ...uncounted, ...proving, ...entered, lastGood: 'x', rejected: ['y'], rollbacks: 0, reason: 'RollbackAsked', message: 'new' }],
    // Only where the rollback lacked somebody, as the change did before, neither was shown to be bad.
    ['failed.rollingBack', { lacked: [] }, 'PROBES_FAILED', { ...spent, lacks: ['y@h'] }, 'failed.stalled', { ...unprobed, ...said }],
    ['failed.rollingBack', {}, 'PROBES_FAILED', spent, 'failed.stalled', { ...unprobed, ...said, lacked: [] }],
    ['failed.rollingBack', {}, 'ROLLBACK_FAILED', said, 'failed.stalled', { ...unprobed, ...said, lacked: [] }],
    // The host itself explains what was only seen to have changed.
    ['failed.rollingBack', { reason: 'Drifted' }, 'TAKEN_BACK', { message: 'new' }, 'failed.rollingBack', { ...proving, rollbacks: 1, lacked: [], reason: 'RolledBackByHost', message: 'new' }],
    // Nothing to forget; and calm since it was entered, where nothing was ever put right.
    ['healthy.inSync', { corrections: 0 }, 'CALM', { nowMs: 9e9 }, 'healthy.inSync', {}],
    ['healthy.inSync', { correctedAtMs: null }, 'CALM', { nowMs: 600_009 }, 'healthy.inSync', {}],
    ['healthy.inSync', { correctedAtMs: null }, 'CALM', { nowMs: 600_010 }, 'healthy.inSync', { corrections: 0 }],
  ]
  it.each(edges)('%s with %j told %s of %j is %s', (from, context, type, details, to, changes) => {
    const after = tell(from, context, type, details)
    expect([stateName(after), after.context]).toEqual([to, { ...worn, ...context, ...changes }])
  })
})
