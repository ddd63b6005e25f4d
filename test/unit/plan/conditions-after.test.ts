// What people read of a lifecycle that went on in the middle of an operation, when nobody has looked since.
import { describe, expect, it } from 'vitest'
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import type { ConditionType } from '../../../src/model/status.ts'
import { conditionsAfter, conditionsOf, type Observed } from '../../../src/plan/conditions.ts'

const key = 'x@a'
const fresh = initialLifecycle()

function lifecycleIn(value: Record<string, string>, context: Partial<Lifecycle['context']> = {}): Lifecycle {
  return { ...fresh, value, context: { ...fresh.context, desired: 'r1', ...context } }
}

const waiting = lifecycleIn(
  { deploying: 'blocked' },
  { reason: 'HostBusy', message: 'another change of a is under way' },
)
const applying = lifecycleIn({ deploying: 'applying' })

/** What a pass told at 5, and what is told of it at 9, once the lifecycle went on. */
function onceItIs(lifecycle: Lifecycle, observed: Partial<Observed> = {}, from = waiting) {
  const told = conditionsOf([], { key, lifecycle: from, ...observed, nowMs: 5 })
  const later = conditionsAfter(told, from, { key, lifecycle, nowMs: 9 })
  const of = (type: ConditionType) => later.find((it) => it.type === type)
  return { told, later, of }
}

describe('conditions of a lifecycle that went on', () => {
  it('speak of the operation and not of what was waited for', () => {
    const { of } = onceItIs(applying)
    expect(of('Blocked')).toMatchObject({ status: 'False', message: '', lastTransitionTimeMs: 9 })
    expect(of('Ready')).toMatchObject({ message: 'an operation is under way on the host', lastTransitionTimeMs: 5 })
    expect(of('Reconciling')).toMatchObject({ status: 'True', reason: 'DeployingApplying', lastTransitionTimeMs: 5 })
  })

  it('say what is waited for as soon as it is', () => {
    const { of } = onceItIs(waiting, {}, lifecycleIn({ deploying: 'blocked' }))
    expect(of('Blocked')).toMatchObject({ status: 'True', reason: 'HostBusy', lastTransitionTimeMs: 9 })
  })

  it('keep what a pass has found beside the lifecycle', () => {
    const hold = { reason: 'OutsideWindow', message: 'waits for the window nights' }
    const notices = { suspended: 'disk swap', secrets: { problem: 'no key' } }
    const { told, of } = onceItIs(applying, { hold, notices })
    for (const type of ['Blocked', 'Suspended', 'SecretsReady'] as const)
      expect(of(type)).toEqual(told.find((it) => it.type === type))
  })

  it('do not call put right what nobody has looked at since', () => {
    const contested = ['file:/etc/x content']
    const drifted = lifecycleIn({ healthy: 'drifted' }, { drift: 'update file:/etc/x', contested })
    const { told, of } = onceItIs(applying, {}, drifted)
    expect(of('Drifted')).toMatchObject({ status: 'True', reason: 'Contested' })
    expect(of('Drifted')).toEqual(told.find((it) => it.type === 'Drifted'))
  })

  it('do not call a host reached, nor a component ready or not, that did not answer', () => {
    const { told, of } = onceItIs(applying, { unreachable: 'a does not answer' })
    for (const type of ['Reachable', 'Ready'] as const) expect(of(type)).toEqual(told.find((it) => it.type === type))
    expect(of('Reconciling')?.reason).toBe('DeployingApplying')
  })

  it('name the revision that is asked for by then', () => {
    const { of } = onceItIs({ ...applying, context: { ...applying.context, desired: 'r2' } })
    expect(of('Ready')?.observedRevision).toBe('r2')
  })

  it('are the same where nothing has changed, and none where none were told', () => {
    const { told, later } = onceItIs(waiting)
    expect(later).toEqual(told)
    expect(conditionsAfter([], waiting, { key, lifecycle: applying, nowMs: 9 })).toEqual([])
  })
})
