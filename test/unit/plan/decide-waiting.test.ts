// What waits, for what and until when.
import { describe, expect, it } from 'vitest'
import { ROLLED_BACK_BY_HOST } from '../../../machines/lifecycle-context.ts'
import { decided, edited, NOW_MS, record, revision, target } from './situations.ts'

const standstill = { reason: 'FleetFrozen', message: 'most hosts do not answer' }
const until = { ...standstill, untilMs: NOW_MS + 7 }
const back = { rolledBack: 'holding' }

describe('what failed, while nothing is to be changed', () => {
  it('is asked again where it was proven: it may come to itself', () => {
    const given = { standstill: () => standstill, context: { lastGood: revision } }
    expect(decided({ failed: 'retrying' }, given)).toEqual({ kind: 'probe', target })
  })

  it('waits where it was not, until that ends', () => {
    expect(decided({ failed: 'retrying' }, { standstill: () => standstill })).toEqual({ kind: 'hold', ...standstill })
    expect(decided({ failed: 'retrying' }, { standstill: () => until })).toEqual({
      ...{ kind: 'hold', ...standstill, wakeAtMs: NOW_MS + 7 },
    })
    const gone = { standstill: () => standstill, active: undefined, context: { lastGood: revision } }
    expect(decided({ failed: 'retrying' }, gone)).toEqual({ kind: 'hold', ...standstill })
  })

  it('is tried again where nothing stands in the way', () => {
    expect(decided({ failed: 'retrying' }, { context: { lastGood: revision } })).toMatchObject({
      fact: { type: 'RETRY_DUE' },
    })
  })
})

describe('where there is no target', () => {
  it.each([
    [{ deploying: 'blocked' }, 'there is nothing to deploy yet'],
    [{ verifying: 'probing' }, 'there is nothing to verify'],
    [{ healthy: 'inSync' }, 'there is nothing to keep'],
  ])('%o is held', (state, message) => {
    expect(decided(state, { active: undefined })).toEqual({ kind: 'hold', reason: 'NoTarget', message })
  })
})

describe('a blocker', () => {
  const blockedBy = (reason: string, message: string) =>
    decided({ deploying: 'blocked' }, { diff: edited, deployBlockers: () => [until], context: { reason, message } })

  it('is told once, and again where its reason or its words are others', () => {
    expect(blockedBy(until.reason, until.message)).toEqual({ kind: 'hold', ...standstill, wakeAtMs: NOW_MS + 7 })
    const told = { kind: 'tell', fact: { type: 'BLOCKED', ...standstill, nowMs: NOW_MS } }
    expect(blockedBy('Other', until.message)).toEqual(told)
    expect(blockedBy(until.reason, 'other words')).toEqual(told)
  })

  it('keeps a revision from being tried once more, until it ends', () => {
    const context = { lastGood: 'good', reason: ROLLED_BACK_BY_HOST, enteredAtMs: 0 }
    const waits = decided(back, { context, deployBlockers: () => [until] })
    expect(waits).toEqual({ kind: 'hold', ...standstill, wakeAtMs: NOW_MS + 7 })
    expect(decided(back, { context, deployBlockers: () => [standstill] })).toEqual({ kind: 'hold', ...standstill })
  })
})

describe('what is tried once more', () => {
  it('says why, and how often', () => {
    const byHost = { lastGood: 'good', reason: ROLLED_BACK_BY_HOST, enteredAtMs: 0, chances: 1 }
    expect(decided(back, { context: byHost })).toMatchObject({
      fact: {
        type: 'CHANCE_DUE',
        message: 'nothing has shown that it is bad: what was taken back is tried once more (2 of at most 3 times)',
      },
    })
    expect(decided(back, { context: { lastGood: 'good', lacked: ['a@h', 'b@h'] } })).toMatchObject({
      fact: { message: 'a@h, b@h is healthy again: what was taken back is tried once more (1 of at most 3 times)' },
    })
  })

  it('waits for all that are not well, by name', () => {
    const context = { lastGood: 'good', lacked: ['a@h', 'b@h', 'c@h'] as const }
    const waits = decided(back, {
      context: { ...context, lacked: [...context.lacked] },
      isWell: (key) => key === 'b@h',
    })
    expect(waits).toMatchObject({ message: expect.stringMatching(/^all that failed needs a@h, c@h: /) })
  })

  it('is removed three times, and stays then', () => {
    const removal = (chances: number) =>
      decided({ disabled: 'removing' }, { active: undefined, diff: edited, context: { chances, enteredAtMs: -1e9 } })
    expect(removal(3)).toMatchObject({ kind: 'remove' })
    expect(removal(4)).toMatchObject({
      message: expect.stringMatching(/^its host took the removal back 4 times, .* it stays until somebody asks/),
    })
  })
})

it('a removal that its host may still take back is not over', () => {
  const armed = record({ armed: { operationId: 'o', leftMs: 1 } })
  const given = { active: undefined, context: { desired: null } }
  expect(decided({ disabled: 'removing' }, { ...given, record: armed })).toEqual({ kind: 'settle' })
  expect(decided({ disabled: 'removing' }, given)).toMatchObject({ fact: { type: 'REMOVED' } })
})
