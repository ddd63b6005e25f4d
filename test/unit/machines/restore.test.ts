// What was persisted is read back as it was, or not believed at all, but for what was proven and what was rejected.
import { describe, expect, it } from 'vitest'
import { advance, initialLifecycle, type Lifecycle, restoreLifecycle, topState } from '../../../machines/advance.ts'
import type { Fact, Timing } from '../../../machines/facts.ts'

const timing: Timing = { minHealthyMs: 0, verifyDeadlineMs: 300_000, maxAttempts: 2, autoRollback: true }
const facts: Fact[] = [
  { type: 'TARGET_CHANGED', revision: 'a', nowMs: 1_000 },
  { type: 'APPLIED', timing, corrected: [], nowMs: 2_000 },
  { type: 'PROBES_PASSED', timing, nowMs: 3_000 },
]
const healthy = facts.reduce(advance, initialLifecycle())
const stored = (context: Record<string, unknown>): Lifecycle => ({
  ...healthy,
  context: { ...healthy.context, rejected: ['x'], ...context },
})

describe('a lifecycle that is read back', () => {
  it('is what JSON made of it', () => {
    expect(restoreLifecycle(JSON.parse(JSON.stringify(healthy)))).toEqual(healthy)
    expect(topState(healthy)).toBe('healthy')
  })

  it.each([
    { dueAtMs: 5_000, correctedAtMs: 6_000, verifyingSinceMs: 7_000, healthySinceMs: null },
    { desired: null, lastGood: null },
    { corrected: { 'file:/etc/x content': [1, 2], 'unit:y active': [] }, contested: ['file:/etc/x content'] },
    { attempts: 3, restart: true, lacked: ['y@h'], reason: 'Why', message: 'so' },
  ])('keeps %j', (context) => {
    expect(restoreLifecycle(stored(context))).toEqual(stored(context))
  })

  it('is of a machine before, as it stood, with nothing counted', () => {
    const { lacked, chances, ...before } = healthy.context
    expect(restoreLifecycle({ ...healthy, machineVersion: 2, context: before })).toEqual(healthy)
    const { correctedAtMs, corrected, contested, drift, interruptions, ...first } = before
    expect(restoreLifecycle({ ...healthy, machineVersion: 1, context: first })).toEqual(healthy)
  })
})

describe('a lifecycle that cannot be believed', () => {
  const anew = (kept: Partial<Lifecycle['context']>) => {
    const fresh = initialLifecycle()
    return { ...fresh, context: { ...fresh.context, ...kept } }
  }
  const { attempts: _, ...lacking } = healthy.context

  it.each<[string, object]>([
    ['another machine version', { ...stored({}), machineVersion: 0 }],
    ['a later machine version', { ...stored({}), machineVersion: 99 }],
    ['a context that lacks a part', { ...healthy, context: { ...lacking, rejected: ['x'] } }],
    ...[{ healthy: 'dancing' }, { dancing: 'healthy' }, { constructor: 'name' }, { healthy: 'constructor' }].map(
      (value): [string, object] => [`the state ${JSON.stringify(value)}`, { ...stored({}), value }],
    ),
    ...['healthy', null, undefined, 7, {}, { healthy: { inSync: {} } }, { healthy: 'inSync', failed: 'retrying' }].map(
      (value): [string, object] => [`the value ${JSON.stringify(value)}`, { ...stored({}), value }],
    ),
    ...[
      { attempts: 'many' },
      { attempts: Number.NaN },
      { enteredAtMs: null },
      { dueAtMs: 'soon' },
      { dueAtMs: Number.POSITIVE_INFINITY },
      { desired: 5 },
      { restart: 'yes' },
      { reason: null },
      { contested: 'all' },
      { contested: [5] },
      { lacked: null },
      { corrected: null },
      { corrected: [] },
      { corrected: 'none' },
      { corrected: { a: 5 } },
      { corrected: { a: ['now'] } },
      { corrected: { a: [1], b: [Number.NaN] } },
    ].map((context): [string, object] => [`${JSON.stringify(context)} in its context`, stored(context)]),
  ])('begins anew, with what was proven and rejected: %s', (_, snapshot) => {
    expect(restoreLifecycle(snapshot as Lifecycle)).toEqual(anew({ lastGood: 'a', rejected: ['x'] }))
  })

  it.each([
    [
      { lastGood: 7, rejected: ['x', 7, null, 'y'] },
      { lastGood: null, rejected: ['x', 'y'] },
    ],
    [{ rejected: 'x' }, { lastGood: 'a', rejected: [] }],
  ])('of %j keeps only what can be read', (context, kept) => {
    expect(restoreLifecycle(stored(context))).toEqual(anew(kept))
  })

  it.each([undefined, null, 'a'])('keeps nothing of the context %j', (context) => {
    expect(restoreLifecycle({ ...healthy, context } as unknown as Lifecycle)).toEqual(initialLifecycle())
  })
})
