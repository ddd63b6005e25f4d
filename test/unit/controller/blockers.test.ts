// What keeps a revision from being applied and a component from being removed.
import { describe, expect, it } from 'vitest'
import { deployBlockers, removalBlockers } from '../../../src/controller/blockers.ts'
import { desireOf, statusesOf } from './given.ts'

const hard = [{ component: 'x', soft: false }]
const soft = [{ component: 'x', soft: true }]

describe('a new revision', () => {
  it.each([
    ['healthy.inSync', true, true],
    ['healthy.degraded', true, true],
    ['verifying.soaking', false, false],
    ['deploying.blocked', false, false],
    ['failed.stalled', false, true],
    ['rolledBack.holding', false, true],
    ['disabled.absent', false, false],
  ])('whose dependency is %s: may go %s, or %s where the order alone matters', async (state, ifHard, ifSoft) => {
    const statuses = await statusesOf({ 'x@a': state })
    const isFree = (dependsOn: typeof hard) =>
      deployBlockers('y@a', desireOf({ x: {}, y: { dependsOn } }), statuses).length === 0
    expect([isFree(hard), isFree(soft)]).toEqual([ifHard, ifSoft])
  })

  it('waits for what it needs on all hosts, and says which', async () => {
    const statuses = await statusesOf({ 'x@a': 'healthy.inSync', 'x@b': 'verifying.probing' })
    const desire = desireOf({ x: { hosts: ['a', 'b'] }, y: { dependsOn: hard } })
    expect(deployBlockers('y@a', desire, statuses)).toEqual([
      { reason: 'DependencyNotHealthy', message: 'waits for x@b to be healthy' },
    ])
  })

  it('waits for nothing when nobody says so', async () => {
    expect(deployBlockers('y@a', desireOf({ x: {}, y: {} }), await statusesOf({}))).toEqual([])
  })
})

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
