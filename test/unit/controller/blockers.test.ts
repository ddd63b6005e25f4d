// What keeps a component from being removed.
import { describe, expect, it } from 'vitest'
import { removalBlockers } from '../../../src/controller/blockers.ts'
import { desireOf, statusesOf } from './given.ts'

const hard = [{ component: 'x', soft: false }]

describe('a removal', () => {
  const reasons = (blockers: { reason: string }[]) => blockers.map(({ reason }) => reason)
  const nobody = new Set<string>()

  it('waits while a file is broken: what is missing may stand in it', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing' })
    const blockers = removalBlockers('x@a', desireOf({ y: {} }, { broken: ['b.yaml'] }), statuses, nobody)
    expect(blockers[0]).toMatchObject({ reason: 'FilesBroken', message: expect.stringContaining('b.yaml') })
  })

  it('of what is disabled by name does not wait for broken files', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing' })
    const desire = desireOf({ x: { enabled: false } }, { broken: ['b.yaml'] })
    expect(removalBlockers('x@a', desire, statuses, nobody)).toEqual([])
  })

  it('waits for dependents that still run, unless they have it elsewhere', async () => {
    const statuses = await statusesOf({ 'x@a': 'disabled.removing', 'y@b': 'healthy.inSync' })
    const y = { hosts: ['b'], dependsOn: hard }
    expect(reasons(removalBlockers('x@a', desireOf({ y }), statuses, nobody))).toEqual(['DependentsRunning'])
    expect(removalBlockers('x@a', desireOf({ x: { hosts: ['b'] }, y }), statuses, nobody)).toEqual([])
    const gone = await statusesOf({ 'x@a': 'disabled.removing', 'y@b': 'disabled.absent' })
    expect(removalBlockers('x@a', desireOf({ y: { ...y, enabled: false } }), gone, nobody)).toEqual([])
  })

  it('of one is never asked about; of more it is, beyond three or a fifth of all, until confirmed', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `c${i}` as const)
    const statuses = await statusesOf(Object.fromEntries(keys.map((name) => [`${name}@a`, 'healthy.inSync'])))
    const without = (count: number) => desireOf(Object.fromEntries(keys.slice(count).map((name) => [name, {}])))
    const blocked = (count: number, confirmed = nobody) =>
      removalBlockers('c0@a', without(count), statuses, confirmed).length > 0
    expect([1, 3, 4].map((count) => blocked(count))).toEqual([false, false, true])
    expect(blocked(4, new Set(['c0']))).toBe(false)
    const four = await statusesOf({ 'c0@a': 'healthy.inSync', 'c1@a': 'healthy.inSync', 'c2@a': 'healthy.inSync' })
    const [blocker] = removalBlockers('c0@a', desireOf({ c2: {} }), four, nobody)
    expect(blocker).toMatchObject({
      reason: 'RemovalNotConfirmed',
      message: expect.stringMatching(/2 of 3 components .*c0, c1.* confirm with/),
    })
  })
})
