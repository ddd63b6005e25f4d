// What became of an operation that was on its way when the controller last wrote.
import { describe, expect, it } from 'vitest'
import { stateName } from '../../../machines/advance.ts'
import { failureMessage, settleIntent } from '../../../src/controller/intent.ts'
import type { Status } from '../../../src/controller/statuses.ts'
import type { OperationFact, OperationResult } from '../../../src/model/observation.ts'
import type { Intent } from '../../../src/model/status.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'
import { observationOf } from '../../support/observations.ts'
import { statusIn } from './given.ts'

const clock = new SimClock(() => 0.5)
const by = { timing: { minHealthyMs: 10_000, verifyDeadlineMs: 300_000, maxAttempts: 2, autoRollback: true }, clock }
const result = (more: Partial<OperationResult>): OperationFact => ({
  state: 'done',
  result: {
    operationId: 'x-7',
    outcome: 'succeeded',
    output: '',
    certain: false,
    startedAtMs: 100,
    finishedAtMs: 2_100,
    ...more,
  },
})

function settled(
  state: string,
  intent: Partial<Intent>,
  fact: OperationFact,
  context = {},
  more: Partial<Status> = {},
) {
  const whole: Intent = {
    operationId: 'x-7',
    kind: 'apply',
    cause: 'spec',
    revision: 'new',
    generation: 4,
    fence: 7,
    startedAtMs: 1,
    ...intent,
  }
  const status = { ...statusIn('x@a', state, { desired: 'new', ...context }), ...more, intent: whole }
  const { status: after, isRunning, events } = settleIntent(status, observationOf({ operations: { 'x-7': fact } }), by)
  const reasons = events.map(({ reason }) => reason)
  return {
    state: stateName(after.lifecycle),
    attempts: after.lifecycle.context.attempts,
    corrections: after.lifecycle.context.corrections,
    corrected: Object.keys(after.lifecycle.context.corrected),
    waitsMs: (after.lifecycle.context.dueAtMs ?? 0) - clock.nowMs(),
    generation: after.generation,
    hasIntent: after.intent !== undefined,
    isRunning,
    reasons,
  }
}

const applying = 'deploying.applying'
const over = { hasIntent: false, isRunning: false, generation: 1 }

describe('an operation on its way', () => {
  it('that still runs is waited for', () => {
    expect(settled(applying, {}, { state: 'running' })).toMatchObject({
      state: applying,
      isRunning: true,
      hasIntent: true,
    })
  })

  it('that the host never heard of did nothing, and counts for nothing', () => {
    expect(settled(applying, {}, { state: 'unknown' })).toMatchObject({
      ...over,
      state: applying,
      attempts: 0,
      reasons: [],
    })
  })

  it('that succeeded is taken in, with its generation', () => {
    expect(settled(applying, {}, result({}))).toMatchObject({
      state: 'verifying.probing',
      generation: 4,
      reasons: ['Applied'],
    })
  })

  it('that failed counts as an attempt, and for certain takes the revision back', () => {
    expect(settled(applying, {}, result({ outcome: 'failed' }))).toMatchObject({
      ...over,
      state: 'failed.retrying',
      attempts: 1,
    })
    const certain = result({ outcome: 'failed', certain: true })
    expect(settled(applying, {}, certain)).toMatchObject({
      ...over,
      state: 'failed.rollingBack',
      reasons: ['ApplyFailed'],
    })
  })

  it('that was killed on the host counts as an attempt, but a rollback is simply planned anew', () => {
    expect(settled(applying, {}, { state: 'interrupted' })).toMatchObject({
      ...over,
      state: 'failed.retrying',
      attempts: 1,
    })
    expect(settled('failed.rollingBack', { kind: 'rollback' }, { state: 'interrupted' })).toMatchObject({
      ...over,
      state: 'failed.rollingBack',
    })
  })

  it('that a restart of the host ended is tried again and counts for nothing, five times', () => {
    const sent = { bootId: 'boot before' }
    const again = { hasIntent: false, isRunning: false, reasons: ['Interrupted'] }
    expect(settled(applying, sent, { state: 'interrupted' }, { interruptions: 4 })).toMatchObject({
      ...again,
      state: 'deploying.blocked',
      attempts: 0,
    })
    expect(settled(applying, sent, { state: 'interrupted' }, { interruptions: 5 })).toMatchObject({
      state: 'failed.retrying',
      attempts: 1,
      reasons: ['ApplyFailed'],
    })
    expect(settled(applying, { bootId: 'boot' }, { state: 'interrupted' })).toMatchObject({ attempts: 1 })
    expect(settled(applying, { ...sent, revision: 'old' }, { state: 'interrupted' })).toMatchObject({
      state: applying,
      attempts: 0,
    })
  })

  it('that a restart of the host ended while taken back waits longer than the time before', () => {
    const sent = { bootId: 'boot before', revision: 'good', cause: 'drift' as const }
    expect(settled('rolledBack.drifted', sent, { state: 'interrupted' }, { corrections: 2 })).toMatchObject({
      state: 'rolledBack.drifted',
      corrections: 3,
      waitsMs: 18_000,
    })
  })

  it('that was a correction says which fields it has put right', () => {
    const fields = [
      { field: 'content', from: 'x', to: 'y' },
      { field: 'mode', from: 'x', to: 'y' },
    ]
    const lastDiff = {
      atMs: 1,
      cause: 'drift' as const,
      diff: { changes: [{ resource: 'file:/x', action: 'update' as const, fields }] },
    }
    expect(settled(applying, { cause: 'drift' }, result({}), {}, { lastDiff })).toMatchObject({
      corrected: ['file:/x content', 'file:/x mode'],
    })
    expect(settled(applying, {}, result({}), {}, { lastDiff })).toMatchObject({ corrected: [] })
  })

  it('that was a correction of what was taken back and failed waits longer each time', () => {
    const waits = [0, 1, 4].map((corrections) => {
      const failed = result({ outcome: 'failed' })
      return settled('rolledBack.drifted', { cause: 'drift', revision: 'good' }, failed, { corrections }).waitsMs
    })
    expect(waits).toEqual([2_000, 6_000, 162_000])
  })

  it('that the host refused changes nothing and counts for nothing', () => {
    const refused = result({ outcome: 'refused' })
    expect(settled(applying, {}, refused)).toMatchObject({
      ...over,
      state: applying,
      attempts: 0,
      reasons: ['Refused'],
    })
  })

  it.each([
    ['apply', { kind: 'apply' as const, revision: 'old' }],
    ['removal', { kind: 'remove' as const }],
  ])('that was an %s of what is no longer asked for says nothing of the new revision', (_, intent) => {
    const failed = result({ outcome: 'failed', certain: true })
    expect(settled(applying, intent, failed)).toMatchObject({ ...over, state: applying, attempts: 0 })
  })

  it('that was a removal and failed is tried again later', () => {
    const failed = settled('disabled.removing', { kind: 'remove' }, result({ outcome: 'failed' }), { desired: null })
    expect(failed).toMatchObject({ ...over, state: 'disabled.removing', attempts: 1, reasons: ['RemoveFailed'] })
  })

  it('that was a rollback: applied or for ever failed', () => {
    const kind = { kind: 'rollback' as const }
    expect(settled('failed.rollingBack', kind, result({}))).toMatchObject({
      state: 'failed.rollingBack',
      reasons: ['RollbackApplied'],
    })
    expect(settled('failed.rollingBack', kind, result({ outcome: 'failed' }))).toMatchObject({
      state: 'failed.stalled',
    })
  })
})

describe('a failure in words', () => {
  it('names the step, its exit and its output, within bounds', () => {
    const failed = { operationId: 'x', outcome: 'failed' as const, certain: false, startedAtMs: 0, finishedAtMs: 0 }
    expect(failureMessage({ ...failed, step: 'start x.service', exitCode: 1, output: 'port taken\n' })).toBe(
      'start x.service failed with exit 1: port taken',
    )
    expect(failureMessage({ ...failed, output: '' })).toBe('the operation failed')
    const long = failureMessage({ ...failed, output: `begins so${'x'.repeat(9_000)}and ends for a reason` })
    expect(long.length).toBeLessThanOrEqual(1_000)
    expect(long).toMatch(/^the operation failed: begins so.* … .*and ends for a reason$/)
  })
})
