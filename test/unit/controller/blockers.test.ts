// What keeps a component from being removed.
import { describe, expect, it } from 'vitest'
import { removalBlockers } from '../../../src/controller/blockers.ts'
import { Removals } from '../../../src/controller/removals.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'
import { desireOf, statusesOf } from './given.ts'

const hard = [{ component: 'x', soft: false }]

describe('a removal', () => {
  const reasons = (blockers: { reason: string }[]) => blockers.map(({ reason }) => reason)
  const removals = new Removals(new SimClock(() => 0.5))

  it('waits while a file is broken: what is missing may stand in it', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing' })
    const blockers = removalBlockers('x@a', desireOf({ y: {} }, { broken: ['b.yaml'] }), statuses, removals)
    expect(blockers[0]).toMatchObject({ reason: 'FilesBroken', message: expect.stringContaining('b.yaml') })
  })

  it('of what is disabled by name does not wait for broken files', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing' })
    const desire = desireOf({ x: { enabled: false } }, { broken: ['b.yaml'] })
    expect(removalBlockers('x@a', desire, statuses, removals)).toEqual([])
  })

  it('waits for dependents that still run, unless they have it elsewhere', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing', 'y@b': 'healthy.inSync' })
    const y = { hosts: ['b'], dependsOn: hard }
    expect(reasons(removalBlockers('x@a', desireOf({ y }), statuses, removals))).toEqual(['DependentsRunning'])
    expect(removalBlockers('x@a', desireOf({ x: { hosts: ['b'] }, y }), statuses, removals)).toEqual([])
    const gone = await statusesOf({ 'x@a': 'disabled.removing', 'y@b': 'disabled.absent' })
    expect(removalBlockers('x@a', desireOf({ y: { ...y, enabled: false } }), gone, removals)).toEqual([])
  })
})
