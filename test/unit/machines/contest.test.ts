// Who has the last word about a field, told as stories of the lifecycle.
import { describe, expect, it } from 'vitest'
import { advance, initialLifecycle, type Lifecycle, stateName } from '../../../machines/advance.ts'
import { CONTEST_WITHIN_MS, counted, FIELDS_COUNTED, isContested } from '../../../machines/contest.ts'
import type { Fact } from '../../../machines/facts.ts'

const MINUTE = 60_000
const FIELD = 'file:/etc/x content'
const timing = { minHealthyMs: 0, verifyDeadlineMs: 5 * MINUTE, maxAttempts: 2, autoRollback: true }
type Untimed = Fact extends infer F ? (F extends { nowMs: number } ? Omit<F, 'nowMs'> : never) : never

const tell = (lifecycle: Lifecycle, nowMs: number, ...facts: Untimed[]): Lifecycle =>
  facts.reduce((now, fact) => advance(now, { ...fact, nowMs } as Fact), lifecycle)

const asked: Untimed = { type: 'TARGET_CHANGED', revision: 'a' }
const applied: Untimed = { type: 'APPLIED', timing, corrected: [] }
const corrected: Untimed = { type: 'APPLIED', timing, corrected: [FIELD] }
const passed: Untimed = { type: 'PROBES_PASSED', timing }
const failed: Untimed = { type: 'PROBES_FAILED', certain: true, message: 'down', timing, retryAfterMs: 5_000 }
const found: Untimed = { type: 'DRIFT_FOUND', message: 'edited', correctAfterMs: 0 }
const contested: Untimed = { type: 'CONTESTED', fields: [FIELD] }
const over: Untimed = { type: 'CONTEST_OVER', fields: [FIELD] }
const verifying = tell(initialLifecycle(), 0, asked, applied)
const healthy = tell(verifying, 0, passed)

describe('corrections', () => {
  it('of one field, three within thirty minutes, are enough', () => {
    const twice = counted(counted({}, [FIELD], 0), [FIELD], MINUTE)
    expect(isContested(twice, FIELD, MINUTE)).toBe(false)
    const often = counted(twice, [FIELD, 'other'], 2 * MINUTE)
    expect([isContested(often, FIELD, 3 * MINUTE), isContested(often, 'other', 3 * MINUTE)]).toEqual([true, false])
    expect(isContested(often, FIELD, CONTEST_WITHIN_MS)).toBe(false)
  })

  it('that are old are forgotten, and of one field no more than three are kept', () => {
    const many = [0, 1, 2, 3, 4].reduce((now, minute) => counted(now, [FIELD], minute * MINUTE), {})
    expect(many).toEqual({ [FIELD]: [2 * MINUTE, 3 * MINUTE, 4 * MINUTE] })
    expect(counted(many, [], 2 * CONTEST_WITHIN_MS)).toEqual({})
  })

  it('of other fields stay as they were counted, those of a long time ago do not', () => {
    const before = { a: [0], b: [MINUTE], c: [CONTEST_WITHIN_MS] }
    const now = counted(before, ['c', 'd'], CONTEST_WITHIN_MS + 1)
    expect(now).toEqual({ b: [MINUTE], c: [CONTEST_WITHIN_MS, CONTEST_WITHIN_MS + 1], d: [CONTEST_WITHIN_MS + 1] })
    expect(isContested(now, 'e', CONTEST_WITHIN_MS)).toBe(false)
  })

  it('of more fields than are counted are counted for as many at a time', () => {
    const fields = Array.from({ length: FIELDS_COUNTED + 50 }, (_, i) => `file:/etc/${i} content`)
    const often = [1, 2, 3].reduce((now, atMs) => counted(now, fields, atMs), {})
    expect(fields.filter((field) => isContested(often, field, 4))).toHaveLength(FIELDS_COUNTED)
  })
})

describe('a contested field', () => {
  it('is one of several, each by itself, known in order of their names', () => {
    const several = tell(
      healthy,
      MINUTE,
      { type: 'CONTESTED', fields: ['f', 'b'] },
      { type: 'CONTESTED', fields: ['c', 'b'] },
    )
    expect(several.context.contested).toEqual(['b', 'c', 'f'])
    expect(tell(several, MINUTE, { type: 'CONTEST_OVER', fields: ['c', 'x'] }).context.contested).toEqual(['b', 'f'])
  })

  it('is counted no more, and all others are', () => {
    const twice = { ...healthy, context: { ...healthy.context, corrected: { [FIELD]: [0], other: [0] } } }
    expect(tell(twice, MINUTE, contested).context.corrected).toEqual({ other: [0] })
  })

  const drifted = tell(healthy, MINUTE, contested)

  it('is no reason to be anything else than healthy, and to look on', () => {
    expect(stateName(drifted)).toBe('healthy.drifted')
    expect(drifted.context).toMatchObject({ contested: [FIELD], dueAtMs: null, corrected: {} })
    expect(stateName(tell(drifted, MINUTE, failed, failed, failed))).toBe('healthy.degraded')
    expect(stateName(tell(drifted, MINUTE, failed, failed, failed, passed, passed))).toBe('healthy.drifted')
  })

  it('stays so while another difference is put right', () => {
    const other = tell(drifted, MINUTE, found, { type: 'CORRECTION_DUE' }, applied, passed)
    expect(stateName(other)).toBe('healthy.drifted')
    expect(other.context.contested).toEqual([FIELD])
  })

  it('is over when it is right, with a new revision, when somebody asks, and when nothing is wanted', () => {
    const right = tell(drifted, MINUTE, over, { type: 'IN_SYNC' })
    expect([stateName(right), right.context.contested]).toEqual(['healthy.inSync', []])
    for (const fact of [{ ...asked, revision: 'b' }, { type: 'RETRY_ASKED' }, { type: 'DISABLED' }] as Untimed[])
      expect(tell(drifted, MINUTE, fact).context, fact.type).toMatchObject({ contested: [], corrected: {}, drift: '' })
  })
})

describe('a verification', () => {
  it('is given no more time by corrections', () => {
    const again = tell(verifying, MINUTE, found, corrected)
    expect(stateName(again)).toBe('verifying.probing')
    expect(again.context).toMatchObject({
      verifyingSinceMs: 0,
      correctedAtMs: MINUTE,
      corrected: { [FIELD]: [MINUTE] },
    })
  })

  it('that is overdue is a failure like any other, with its own reason', () => {
    const overdue: Untimed = {
      type: 'VERIFICATION_OVERDUE',
      reason: 'Contested',
      message: 'x',
      timing,
      retryAfterMs: 5_000,
    }
    const late = tell(verifying, 5 * MINUTE, overdue)
    expect(stateName(late)).toBe('failed.rollingBack')
    expect(late.context).toMatchObject({ reason: 'Contested', message: 'x', attempts: 1 })
    const proven = tell(healthy, MINUTE, found, { type: 'CORRECTION_DUE' }, corrected)
    expect(stateName(tell(proven, 6 * MINUTE, overdue))).toBe('failed.retrying')
  })

  it('begins anew with a new attempt', () => {
    const retried = tell(healthy, 0, { type: 'TARGET_CHANGED', revision: 'b' }, applied)
    const timely = { ...timing, autoRollback: false }
    const late = tell(retried, 5 * MINUTE, { ...failed, timing: timely } as Untimed, { type: 'RETRY_DUE' }, applied)
    expect(late.context.verifyingSinceMs).toBe(5 * MINUTE)
  })
})

describe('a correction', () => {
  it('that waits is not overtaken by a restart for failing probes', () => {
    const waiting = tell(healthy, MINUTE, { ...found, correctAfterMs: 5 * MINUTE } as Untimed)
    const broken = tell(waiting, MINUTE, ...Array<Untimed>(8).fill(failed))
    expect(stateName(broken)).toBe('healthy.degraded')
    expect(stateName(tell(broken, 6 * MINUTE, { type: 'CORRECTION_DUE' }))).toBe('deploying.blocked')
  })

  it('of what was taken back waits longer each time it fails', () => {
    const back = tell(healthy, 0, { type: 'TARGET_CHANGED', revision: 'b' }, {
      ...failed,
      type: 'APPLY_FAILED',
      reason: 'ApplyFailed',
    } as Untimed)
    const holding = tell(back, 0, { type: 'ROLLBACK_APPLIED' }, passed)
    expect(stateName(holding)).toBe('rolledBack.holding')
    const failing: Untimed = { ...failed, type: 'APPLY_FAILED', reason: 'ApplyFailed' } as Untimed
    const twice = tell(holding, MINUTE, found, failing, failing)
    expect(twice.context).toMatchObject({ corrections: 2, attempts: 1, dueAtMs: MINUTE + 5_000, message: 'down' })
  })

  it('that was the last one ten minutes ago lets the backoff begin anew, in every state that keeps what is there', () => {
    const done = tell(healthy, MINUTE, found, { type: 'CORRECTION_DUE' }, corrected, passed)
    expect(tell(done, 10 * MINUTE, { type: 'CALM' }).context.corrections).toBe(1)
    expect(tell(done, 11 * MINUTE, { type: 'CALM' }).context.corrections).toBe(0)
  })
})
