// What was taken back is tried once more by itself where nothing has shown that it is bad, and a few times only.
import { describe, expect, it, test } from 'vitest'
import { type LifecycleContext, ROLLED_BACK_BY_HOST } from '../../../machines/lifecycle-context.ts'
import { unitActive } from '../../../src/catalog/probes.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import { chanceLeft, lackedBy } from '../../../src/plan/chance.ts'
import { blocker, decided, edited, NOW_MS, type Row, said } from './situations.ts'

const back = { rolledBack: 'holding' }
const byHost = { lastGood: 'good', reason: ROLLED_BACK_BY_HOST, enteredAtMs: NOW_MS - 30_000 }
const lacked: ComponentKey[] = ['exporter@b']
const isWell = () => false

const rows: Row[] = [
  ['its host took it back a moment ago', back, { context: { ...byHost, enteredAtMs: NOW_MS } }, 'hold TriedAgainLater'],
  ['its host took it back half a minute ago', back, { context: byHost }, 'tell CHANCE_DUE'],
  ['it did so again', back, { context: { ...byHost, chances: 1 } }, 'hold TriedAgainLater'],
  [
    'again, minutes ago',
    back,
    { context: { ...byHost, chances: 1, enteredAtMs: NOW_MS - 120_000 } },
    'tell CHANCE_DUE',
  ],
  ['it did so often', back, { context: { ...byHost, chances: 3, enteredAtMs: 0 } }, 'settle'],
  ['a new revision has to wait', back, { context: byHost, deployBlockers: () => [blocker] }, 'hold Because'],
  ['what runs drifted', back, { context: byHost, diff: edited }, 'tell DRIFT_FOUND'],
  ['it is bad', back, { context: { lastGood: 'good', reason: 'VerificationFailed', enteredAtMs: 0 } }, 'settle'],
  ['another one is not well', back, { context: { lastGood: 'good', lacked }, isWell }, 'hold WaitsForOthers'],
  ['it is well again', back, { context: { lastGood: 'good', lacked } }, 'tell CHANCE_DUE'],
  ['it was well again often', back, { context: { lastGood: 'good', lacked, chances: 3 } }, 'settle'],
  ['the rollback lacked it too', { failed: 'stalled' }, { context: { lacked }, isWell }, 'hold WaitsForOthers'],
  ['both have it again', { failed: 'stalled' }, { context: { lacked } }, 'tell CHANCE_DUE'],
]

describe('what was taken back', () => {
  it.each(rows)('%s: %o', (_, state, given, decision) => {
    expect(said(decided(state, given))).toBe(decision)
  })

  it.each<[string, Partial<LifecycleContext>, string]>([
    ['a moment ago', { chances: 1 }, 'hold TriedAgainLater'],
    ['half a minute ago', { chances: 1, enteredAtMs: NOW_MS - 30_000 }, 'remove'],
    ['half a minute ago, again', { chances: 2, enteredAtMs: NOW_MS - 30_000 }, 'hold TriedAgainLater'],
    ['minutes ago, again', { chances: 2, enteredAtMs: NOW_MS - 120_000 }, 'remove'],
    ['for the fourth time', { chances: 4, enteredAtMs: 0 }, 'hold RemovalTakenBack'],
  ])('is removed once more where its host brought it back %s: %o', (_, context, decision) => {
    const given = { active: undefined, diff: edited, context: { desired: null, ...context } }
    expect(said(decided({ disabled: 'removing' }, given))).toBe(decision)
  })

  it('says what it waits for, until when and how often', () => {
    expect(
      decided({ disabled: 'removing' }, { active: undefined, diff: edited, context: { chances: 1 } }),
    ).toMatchObject({
      message:
        'its host took the removal back, since nobody confirmed it in time: it is removed once more (1 of at most 3 times), 30 s after that',
      wakeAtMs: NOW_MS + 30_000,
    })
    expect(decided(back, { context: { ...byHost, enteredAtMs: NOW_MS } })).toMatchObject({
      message:
        'nothing has shown that the revision is bad: it is tried once more (1 of at most 3 times), 30 s after it was taken back',
      wakeAtMs: NOW_MS + 30_000,
    })
    expect(decided(back, { context: { lastGood: 'good', lacked }, isWell })).toMatchObject({
      message:
        'all that failed needs exporter@b: the revision is tried once more (1 of at most 3 times) as soon as that is healthy',
    })
  })

  it('has a chance left, or none', () => {
    const given = { reason: '', lacked: [], chances: 0 }
    expect(chanceLeft(given)).toBeUndefined()
    expect(chanceLeft({ ...given, reason: ROLLED_BACK_BY_HOST })).toBe('later')
    expect(chanceLeft({ ...given, reason: 'RollbackFailed', lacked })).toBe('withOthers')
    expect(chanceLeft({ ...given, lacked, chances: 3 })).toBeUndefined()
  })
})

describe('what a failed verification lacked', () => {
  const named = (name: string, ...needs: ComponentKey[]) => ({ ...unitActive('x.service'), name, needs })
  const { needs: _, ...alone } = named('unit')
  const probes = [alone, named('targets', 'a@h', 'b@h'), named('samples', 'b@h')]
  const failed = (name: string, certain = false) => ({ name, passed: false, certain, message: 'no' })
  const passed = (name: string) => ({ ...failed(name), passed: true })
  const lacks = (...results: ReturnType<typeof failed>[]) => lackedBy(probes, results, (key) => key !== 'b@h')

  test.each([
    ['one that is not well, by all that failed', [passed('unit'), failed('targets'), failed('samples')], ['b@h']],
    ['nothing, where something else failed too', [failed('unit'), failed('targets')], []],
    ['nothing, where it is certain', [passed('unit'), failed('targets', true)], []],
    ['nothing, where nothing failed', [passed('unit'), passed('targets')], []],
    ['nothing, where a probe is not known', [failed('another')], []],
  ])('%s', (_, results, expected) => {
    expect(lacks(...results)).toEqual(expected)
  })

  test('nothing, where all that it needs is well', () => {
    expect(lackedBy(probes, [failed('targets')], () => true)).toEqual([])
  })
})
