// What people read of a lifecycle: conditions, waiting times and differences in words.
import { describe, expect, it } from 'vitest'
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import type { ConditionType } from '../../../src/model/status.ts'
import { driftBackoffMs, retryBackoffMs } from '../../../src/plan/backoff.ts'
import { conditionsOf, type Observed } from '../../../src/plan/conditions.ts'
import { explainDiff } from '../../../src/plan/explain.ts'

function lifecycleIn(value: Record<string, string>, context: Partial<Lifecycle['context']> = {}): Lifecycle {
  const fresh = initialLifecycle()
  return { ...fresh, value, context: { ...fresh.context, desired: 'r1', ...context } }
}

const key = 'x@a'

function condition(type: ConditionType, observed: Omit<Observed, 'nowMs' | 'key'>) {
  return conditionsOf([], { key, ...observed, nowMs: 5 }).find((it) => it.type === type)
}

describe('conditions', () => {
  it.each([
    [{ healthy: 'inSync' }, 'True'],
    [{ healthy: 'degraded' }, 'False'],
    [{ verifying: 'soaking' }, 'False'],
    [{ deploying: 'applying' }, 'False'],
    [{ failed: 'retrying' }, 'False'],
    [{ rolledBack: 'holding' }, 'False'],
    [{ disabled: 'absent' }, 'False'],
  ])('call a component in %o ready: %s', (value, status) => {
    expect(condition('Ready', { lifecycle: lifecycleIn(value) })?.status).toBe(status)
  })

  it('know nothing of readiness while the host does not answer, and say what was tried', () => {
    const lifecycle = lifecycleIn({ healthy: 'inSync' })
    const observed = { lifecycle, unreachable: 'connecting to a timed out' }
    expect(condition('Ready', observed)).toMatchObject({ status: 'Unknown', message: 'connecting to a timed out' })
    expect(condition('Reachable', observed)).toMatchObject({ status: 'False', reason: 'NotReached' })
  })

  it('do not know whether a host is there that is silent while it is changed', () => {
    const lifecycle = lifecycleIn({ deploying: 'applying' })
    expect(condition('Reachable', { lifecycle, silent: 'no answer' })).toMatchObject({
      status: 'Unknown',
      reason: 'NoSignOfLife',
      message: 'no answer',
    })
  })

  it('keep the time of their last change while the status stays, whatever else is said', () => {
    const lifecycle = lifecycleIn({ failed: 'retrying' }, { message: 'one' })
    const before = conditionsOf([], { key, lifecycle, nowMs: 5 })
    const other = lifecycleIn({ failed: 'retrying' }, { message: 'two' })
    const after = conditionsOf(before, { key, lifecycle: other, nowMs: 9 })
    const ready = after.find(({ type }) => type === 'Ready')
    expect(ready).toMatchObject({ message: 'two', lastTransitionTimeMs: 5 })
    const well = conditionsOf(after, { key, lifecycle: lifecycleIn({ healthy: 'inSync' }), nowMs: 12 })
    expect(well.find(({ type }) => type === 'Ready')?.lastTransitionTimeMs).toBe(12)
  })

  it('tell what a person should know whatever the state, keep it while nobody looks, and drop it when it is over', () => {
    const lifecycle = lifecycleIn({ healthy: 'inSync' })
    const notices = { deprecated: 'use that', standIn: 'no real one' }
    const told = conditionsOf([], { key, lifecycle, notices, nowMs: 5 })
    expect(told.slice(-2)).toMatchObject([
      { type: 'Deprecated', status: 'True', reason: 'EndOfLife', message: 'use that', lastTransitionTimeMs: 5 },
      { type: 'StandIn', status: 'True', message: 'no real one' },
    ])
    expect(conditionsOf(told, { key, lifecycle, unreachable: 'silent', nowMs: 9 }).slice(-2)).toEqual(told.slice(-2))
    const over = conditionsOf(told, { key, lifecycle, notices: {}, nowMs: 12 })
    expect(over.filter(({ type }) => type === 'Deprecated' || type === 'StandIn')).toEqual([])
  })

  it('say of secrets that everybody knows that this is so', () => {
    const lifecycle = lifecycleIn({ healthy: 'inSync' })
    expect(condition('SecretsReady', { lifecycle, notices: { secrets: { published: ['a/b'] } } })).toMatchObject({
      ...{ status: 'True', reason: 'Published', message: expect.stringContaining('known to everybody') },
    })
    expect(condition('SecretsReady', { lifecycle, notices: { secrets: {} } })?.reason).toBe('Decrypted')
  })

  it('name the revision that they speak of, and none when nothing is wanted', () => {
    expect(condition('Ready', { lifecycle: lifecycleIn({ healthy: 'inSync' }) })?.observedRevision).toBe('r1')
    const absent = condition('Ready', { lifecycle: lifecycleIn({ disabled: 'absent' }, { desired: null }) })
    expect(absent).not.toHaveProperty('observedRevision')
  })

  it('are blocked with the reason, be it of this pass or remembered', () => {
    const lifecycle = lifecycleIn({ deploying: 'blocked' }, { reason: 'HostBusy', message: 'another change' })
    expect(condition('Blocked', { lifecycle })).toMatchObject({ status: 'True', reason: 'HostBusy' })
    const hold = { reason: 'NotRenderable', message: 'port is missing' }
    expect(condition('Blocked', { lifecycle, hold })).toMatchObject({ status: 'True', ...hold })
    expect(condition('Blocked', { lifecycle: lifecycleIn({ deploying: 'blocked' }) })?.status).toBe('False')
  })

  it.each([
    ['what waits to be put right', { healthy: 'drifted' }, { drift: 'mode', dueAtMs: 9 }, 'Drifted', 'mode'],
    [
      'what is only told',
      { healthy: 'drifted' },
      { drift: 'drift.mode is warn: mode' },
      'DriftNotCorrected',
      'warn: mode',
    ],
    [
      'what is only told, of what failed',
      { failed: 'retrying' },
      { drift: 'mode', dueAtMs: 9 },
      'DriftNotCorrected',
      'mode',
    ],
    [
      'what is contested',
      { healthy: 'degraded' },
      { contested: ['file:/x content'] },
      'Contested',
      'homeostat reconcile x@a',
    ],
    [
      'what is contested, and what waits beside it',
      { rolledBack: 'drifted' },
      { contested: ['f'], drift: 'mode', dueAtMs: 9 },
      'Contested',
      '; mode',
    ],
  ])('say that it drifted, whatever else is going on: %s', (_, value, context, reason, message) => {
    const told = condition('Drifted', { lifecycle: lifecycleIn(value, context) })
    expect(told).toMatchObject({ status: 'True', reason, message: expect.stringContaining(message) })
  })

  it('are ready although something is left as it is, and say what', () => {
    const lifecycle = lifecycleIn({ healthy: 'drifted' }, { contested: ['file:/x content'] })
    expect(condition('Ready', { lifecycle })).toMatchObject({
      status: 'True',
      reason: 'Drifted',
      message: expect.stringContaining('file:/x content'),
    })
    expect(condition('Drifted', { lifecycle: lifecycleIn({ healthy: 'inSync' }) })?.status).toBe('False')
  })

  it('always say something to a person when not ready', () => {
    const values = [
      { deploying: 'blocked' },
      { deploying: 'applying' },
      { verifying: 'probing' },
      { disabled: 'removing' },
    ]
    for (const value of values) expect(condition('Ready', { lifecycle: lifecycleIn(value) })?.message).not.toBe('')
  })
})

describe('waiting', () => {
  it('for a drift correction: at once, then 2 s × 3, at most 5 minutes', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 60].map(driftBackoffMs)).toEqual([
      0, 2_000, 6_000, 18_000, 54_000, 162_000, 300_000, 300_000,
    ])
  })

  it('for a retry: 5 s × 2, at most 15 minutes, ± 10 %, and finite after any number of failures', () => {
    expect([0, 1, 2, 7, 8, 2_000].map((failures) => retryBackoffMs(failures, 0.5))).toEqual([
      5_000, 10_000, 20_000, 640_000, 900_000, 900_000,
    ])
    expect([retryBackoffMs(0, 0), retryBackoffMs(0, 0.999_999)]).toEqual([4_500, 5_500])
  })
})

describe('a difference in words', () => {
  const change = (n: number) => ({
    resource: `file:/${n}`,
    action: 'update' as const,
    fields: [{ field: 'mode', from: '0600', to: '0644' }],
  })

  it('names the first three and says how many more there are', () => {
    expect(explainDiff({ changes: [] })).toBe('')
    expect(explainDiff({ changes: [change(1)] })).toBe('update file:/1: mode 0600 → 0644')
    expect(explainDiff({ changes: [1, 2, 3, 4, 5].map(change) })).toMatch(/file:\/3: mode 0600 → 0644; and 2 more$/)
  })
})
