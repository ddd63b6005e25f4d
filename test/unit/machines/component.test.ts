// The lifecycle, told as stories: facts in, state out.
import { describe, expect, it } from 'vitest'
import { advance, initialLifecycle, type Lifecycle, stateName } from '../../../machines/advance.ts'
import type { Fact, Timing } from '../../../machines/facts.ts'
import { isExcused } from '../../../machines/guards.ts'

const timing: Timing = { minHealthyMs: 10_000, verifyDeadlineMs: 300_000, maxAttempts: 2, autoRollback: true }
type Told = Fact extends infer F ? (F extends { nowMs: number } ? Omit<F, 'nowMs'> & { nowMs?: number } : never) : never

function tell(lifecycle: Lifecycle, ...facts: Told[]): Lifecycle {
  return facts.reduce((now, fact, index) => advance(now, { nowMs: index * 1_000, ...fact } as Fact), lifecycle)
}
const fresh = initialLifecycle()
const changed = (revision: string): Told => ({ type: 'TARGET_CHANGED', revision })
const applied: Told = { type: 'APPLIED', timing, corrected: [] }
const passed = (nowMs: number): Told => ({ type: 'PROBES_PASSED', timing, nowMs })
const applyFailed = (certain: boolean): Told => ({
  type: 'APPLY_FAILED',
  certain,
  reason: 'ApplyFailed',
  message: 'no',
  timing,
  retryAfterMs: 5_000,
})
const probesFailed = (nowMs: number, certain = false): Told => ({
  type: 'PROBES_FAILED',
  certain,
  message: 'down',
  timing,
  retryAfterMs: 5_000,
  nowMs,
})
const healthyA = tell(fresh, changed('a'), { type: 'APPLY_STARTED' }, applied, passed(3_000), passed(13_000))

describe('the component lifecycle', () => {
  it('goes from a target to healthy through the soak', () => {
    expect(stateName(fresh)).toBe('disabled.absent')
    const soaking = tell(fresh, changed('a'), { type: 'APPLY_STARTED' }, applied, passed(3_000), passed(12_999))
    expect(stateName(soaking)).toBe('verifying.soaking')
    expect(stateName(healthyA)).toBe('healthy.inSync')
    expect(healthyA.context.lastGood).toBe('a')
  })
  it('stays removing when its host brings everything back, counts that, and forgets it when asked or written again', () => {
    const back: Told = { type: 'TAKEN_BACK', message: 'nobody came', nowMs: 9_000 }
    const once = tell(healthyA, { type: 'DISABLED' }, back)
    expect(stateName(once)).toBe('disabled.removing')
    expect(once.context).toMatchObject({ chances: 1, lastGood: 'a', enteredAtMs: 9_000, reason: 'RolledBackByHost' })
    expect(tell(once, back).context.chances).toBe(2)
    expect(tell(once, { type: 'RETRY_ASKED' }).context.chances).toBe(0)
    expect(tell(once, changed('b')).context.chances).toBe(0)
  })
  it('counts failed rounds no further than they matter', () => {
    const lacking: Told = { ...probesFailed(20_000), lacks: ['other@h'] } as Told
    const failing = tell(healthyA, ...Array.from({ length: 9 }, () => lacking))
    expect(stateName(failing)).toBe('healthy.degraded')
    expect(tell(failing, lacking)).toEqual(failing)
  })
  it('starts the soak anew after any failed round', () => {
    const broken = tell(
      fresh,
      changed('a'),
      applied,
      passed(3_000),
      probesFailed(9_000),
      passed(10_000),
      passed(19_000),
    )
    expect(stateName(broken)).toBe('verifying.soaking')
  })
  it('takes a revision back at once when the failure is certain', () => {
    const failed = tell(healthyA, changed('b'), applyFailed(true))
    expect(stateName(failed)).toBe('failed.rollingBack')
    const back = tell(failed, { type: 'ROLLBACK_APPLIED' }, passed(1_000), passed(11_000))
    expect(stateName(back)).toBe('rolledBack.holding')
    expect(back.context).toMatchObject({ rejected: ['b'], lastGood: 'a', desired: 'b', message: 'no' })
  })
  it('tries again before it takes an uncertain failure back', () => {
    const once = tell(healthyA, changed('b'), applyFailed(false))
    expect(stateName(once)).toBe('failed.retrying')
    expect(stateName(tell(once, { type: 'RETRY_DUE' }, applyFailed(false)))).toBe('failed.rollingBack')
  })
  it('takes back what is not healthy at the deadline', () => {
    const late = tell(
      healthyA,
      changed('b'),
      { type: 'APPLIED', timing, corrected: [], nowMs: 0 },
      probesFailed(299_999),
      probesFailed(300_000),
    )
    expect(stateName(late)).toBe('failed.rollingBack')
  })
  it('never takes back a revision that was proven', () => {
    const drifted = tell(
      healthyA,
      { type: 'DRIFT_FOUND', message: 'edited', correctAfterMs: 0 },
      { type: 'CORRECTION_DUE' },
    )
    expect(stateName(drifted)).toBe('deploying.blocked')
    expect(stateName(tell(drifted, applyFailed(true)))).toBe('failed.retrying')
  })
  it('does not try a rejected revision again until another one came, even when somebody asks', () => {
    const back = tell(
      healthyA,
      changed('b'),
      applyFailed(true),
      { type: 'ROLLBACK_APPLIED' },
      passed(1_000),
      passed(11_000),
    )
    expect(stateName(tell(back, changed('b')))).toBe('rolledBack.holding')
    expect(stateName(tell(back, changed('c')))).toBe('deploying.blocked')
    expect(stateName(tell(back, changed('c'), changed('b')))).toBe('failed.rollingBack')
    expect(stateName(tell(back, { type: 'RETRY_ASKED' }))).toBe('rolledBack.holding')
  })
  it('stops and stays stopped when the rollback fails', () => {
    const stalled = tell(healthyA, changed('b'), applyFailed(true), { type: 'ROLLBACK_FAILED', message: 'disk full' })
    expect(stateName(stalled)).toBe('failed.stalled')
    expect(stateName(tell(stalled, { type: 'RETRY_DUE' }, passed(1), applied))).toBe('failed.stalled')
    expect(stateName(tell(stalled, changed('c')))).toBe('deploying.blocked')
  })
  it('tries at once what had failed when somebody asks, with all its attempts', () => {
    const stalled = tell(healthyA, changed('b'), applyFailed(true), { type: 'ROLLBACK_FAILED', message: 'disk full' })
    const waiting = tell(healthyA, changed('b'), applyFailed(false))
    for (const failed of [stalled, waiting]) {
      const asked = tell(failed, { type: 'RETRY_ASKED' })
      expect(stateName(asked)).toBe('deploying.blocked')
      expect(asked.context).toMatchObject({ desired: 'b', attempts: 0, dueAtMs: null, reason: '', message: '' })
      expect(stateName(tell(asked, applyFailed(false)))).toBe('failed.retrying')
    }
  })
  it('goes back to what a person wants, from wherever it is, and keeps what is written out', () => {
    const wanted: Told = { type: 'ROLLBACK_ASKED', revision: 'a', message: 'somebody asked' }
    const bad = tell(healthyA, changed('b'), applyFailed(false))
    for (const state of [tell(healthyA, changed('b')), tell(healthyA, changed('b'), applied), bad]) {
      const asked = tell(state, wanted)
      expect(stateName(asked)).toBe('failed.rollingBack')
      expect(asked.context).toMatchObject({
        lastGood: 'a',
        desired: 'b',
        reason: 'RollbackAsked',
        attempts: 0,
        rollbacks: 0,
      })
      const back = tell(asked, { type: 'ROLLBACK_APPLIED' }, passed(1_000), passed(11_000))
      expect(stateName(back)).toBe('rolledBack.holding')
      expect(back.context).toMatchObject({ rejected: ['b'], reason: 'RollbackAsked' })
      expect(stateName(tell(back, changed('c')))).toBe('deploying.blocked')
      const again = tell(back, { type: 'UNQUARANTINED', revision: 'b' })
      expect([stateName(again), again.context.rejected]).toEqual(['deploying.blocked', []])
      expect(stateName(tell(back, { type: 'UNQUARANTINED', revision: 'x' }))).toBe('rolledBack.holding')
    }
  })
  it('does not go back from what is written to itself, nor to anything where nothing is wanted', () => {
    const wanted: Told = { type: 'ROLLBACK_ASKED', revision: 'a', message: 'somebody asked' }
    expect(tell(healthyA, wanted)).toEqual(healthyA)
    expect(tell(fresh, wanted)).toEqual(fresh)
  })
  it('says why a rollback was not even tried', () => {
    const failed: Told = { type: 'ROLLBACK_FAILED', reason: 'Irreversible', message: 'why' }
    const stalled = tell(healthyA, changed('b'), applyFailed(true), failed)
    expect([stateName(stalled), stalled.context.reason]).toEqual(['failed.stalled', 'Irreversible'])
  })
  it('stays where it is when somebody asks and nothing waits', () => {
    for (const state of [fresh, healthyA, tell(healthyA, changed('b')), tell(healthyA, changed('b'), applied)])
      expect(tell(state, { type: 'RETRY_ASKED' })).toEqual(state)
  })
  it('does not hold a restart of the host against the revision, but not for ever', () => {
    const restarted: Told = { type: 'INTERRUPTED', message: 'restarted', retryAfterMs: 5_000 }
    const applying = tell(healthyA, changed('b'), { type: 'APPLY_STARTED' })
    const once = tell(applying, restarted)
    expect(stateName(once)).toBe('deploying.blocked')
    expect(once.context).toMatchObject({ attempts: 0, interruptions: 1, reason: 'HostRestarted' })
    const often = tell(once, ...Array(4).fill(restarted))
    expect([isExcused(once.context), isExcused(often.context)]).toEqual([true, false])
    expect(tell(often, applied).context.interruptions).toBe(0)
  })
  it('lets a new revision pre-empt every state', () => {
    const states = [
      fresh,
      healthyA,
      tell(healthyA, changed('b')),
      tell(healthyA, changed('b'), applied),
      tell(healthyA, changed('b'), applyFailed(true)),
    ]
    for (const state of states) expect(stateName(tell(state, changed('z')))).toBe('deploying.blocked')
  })
  it('degrades after three failed rounds, recovers after two passed, restarts after six failed', () => {
    const three = tell(healthyA, probesFailed(1), probesFailed(2), probesFailed(3))
    expect(stateName(three)).toBe('healthy.degraded')
    expect(stateName(tell(three, passed(4), passed(5)))).toBe('healthy.inSync')
    const six = tell(three, probesFailed(4), probesFailed(5), probesFailed(6))
    expect(stateName(six)).toBe('failed.retrying')
    expect(six.context.restart).toBe(true)
  })
  it('does not restart for what others lack', () => {
    const lacking = (nowMs: number): Told => ({ ...probesFailed(nowMs), lacks: ['exporter@h'] }) as Told
    const often = [1, 2, 3, 4, 5, 6, 7, 8].map(lacking)
    expect(stateName(tell(healthyA, ...often))).toBe('healthy.degraded')
    expect(stateName(tell(healthyA, ...often, probesFailed(9)))).toBe('failed.retrying')
  })
  it('is degraded, not failed, where all that it lacks after a correction is another', () => {
    const lacking = (nowMs: number): Told => ({ ...probesFailed(nowMs), lacks: ['exporter@h'] }) as Told
    const drifted: Told = { type: 'DRIFT_FOUND', message: 'edited', correctAfterMs: 0 }
    const corrected = tell(healthyA, drifted, { type: 'CORRECTION_DUE' }, applied)
    expect(stateName(tell(corrected, lacking(40_000)))).toBe('verifying.probing')
    const overdue = tell(corrected, lacking(40_000), lacking(400_000))
    expect(stateName(overdue)).toBe('healthy.degraded')
    expect(overdue.context).toMatchObject({ restart: false, attempts: 0, dueAtMs: null, reason: 'ProbesFailed' })
    expect(stateName(tell(overdue, passed(401_000), passed(402_000)))).toBe('healthy.inSync')
    expect(stateName(tell(corrected, probesFailed(400_000)))).toBe('failed.retrying')
  })
  it('removes what is disabled, from any state', () => {
    expect(stateName(tell(healthyA, { type: 'DISABLED' }))).toBe('disabled.removing')
    expect(stateName(tell(healthyA, { type: 'DISABLED' }, { type: 'REMOVED' }))).toBe('disabled.absent')
  })

  it('takes up that the host went back by itself, proves that, and rejects what was taken back', () => {
    const verifying = tell(healthyA, changed('b'), { type: 'APPLY_STARTED' }, applied)
    const back = tell(verifying, { type: 'TAKEN_BACK', message: 'nobody confirmed it', nowMs: 40_000 })
    expect(stateName(back)).toBe('failed.rollingBack')
    const proven = tell(back, passed(41_000), passed(51_000))
    expect(stateName(proven)).toBe('rolledBack.holding')
    expect(proven.context).toMatchObject({ lastGood: 'a', rejected: ['b'], reason: 'RolledBackByHost' })
    expect(proven.context.message).toBe('nobody confirmed it')
  })
  it('keeps why it is taken back when the host is first to do it', () => {
    const failed = tell(healthyA, changed('b'), applied, probesFailed(300_000, true))
    const back = tell(failed, { type: 'TAKEN_BACK', message: 'nobody confirmed it' }, passed(301_000), passed(311_000))
    expect(stateName(back)).toBe('rolledBack.holding')
    expect(back.context).toMatchObject({ reason: 'VerificationFailed', message: 'down', rollbacks: 1 })
    const overdue: Told = {
      ...{ type: 'VERIFICATION_OVERDUE', reason: 'Drifted', message: 'changed', timing, retryAfterMs: 5_000 },
    }
    const seenToGoBack = tell(healthyA, changed('b'), applied, overdue, { type: 'TAKEN_BACK', message: 'nobody' })
    expect(seenToGoBack.context).toMatchObject({ reason: 'RolledBackByHost', message: 'nobody' })
  })
})

describe('what was taken back for something that says nothing about it', () => {
  const chance: Told = { type: 'CHANCE_DUE', message: 'exporter@h is healthy again' }
  const lacking = (nowMs: number): Told => ({ ...probesFailed(nowMs), lacks: ['exporter@h'] }) as Told
  const verifying = tell(healthyA, changed('b'), applied)
  const backOf = (failed: Lifecycle) =>
    tell(failed, { type: 'ROLLBACK_APPLIED', nowMs: 400_000 }, passed(401_000), passed(411_000))
  const back = backOf(tell(verifying, lacking(400_000)))

  it('remembers what was not there, and is tried once more, which is counted', () => {
    expect(stateName(back)).toBe('rolledBack.holding')
    expect(back.context).toMatchObject({ lacked: ['exporter@h'], chances: 0, rejected: ['b'] })
    const again = tell(back, chance)
    expect(stateName(again)).toBe('deploying.blocked')
    expect(again.context).toMatchObject({ desired: 'b', rejected: [], lacked: [], chances: 1, attempts: 0 })
  })
  it('has as many chances as there are for one revision, proven meanwhile or not', () => {
    const proven = tell(back, chance, applied, passed(500_000), passed(510_000))
    expect(stateName(proven)).toBe('healthy.inSync')
    expect(proven.context).toMatchObject({ lastGood: 'b', lacked: [], chances: 1 })
    expect(tell(back, chance, changed('c')).context.chances).toBe(0)
  })
  it('is over with the first failure that has another reason', () => {
    const again = backOf(tell(back, chance, applied, probesFailed(900_000)))
    expect(again.context).toMatchObject({ lacked: [], chances: 1 })
  })
  it('holds for a rollback that lacked the same, and for no other that failed', () => {
    const rollingBack = tell(verifying, lacking(400_000), { type: 'ROLLBACK_APPLIED', nowMs: 400_000 })
    const stalled = tell(rollingBack, lacking(800_000))
    expect([stateName(stalled), stalled.context.lacked]).toEqual(['failed.stalled', ['exporter@h']])
    expect(stateName(tell(stalled, chance))).toBe('deploying.blocked')
    expect(tell(rollingBack, probesFailed(800_000)).context.lacked).toEqual([])
    expect(tell(rollingBack, { type: 'ROLLBACK_FAILED', message: 'gone' }).context.lacked).toEqual([])
  })
})
