// `homeostat reconcile COMPONENT`: what waits is done now, what was given up is tried again, and the person is told which.
import { describe, expect, it } from 'vitest'
import { reasons, settledWorld, states, write } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const without = { policy: { autoRollback: false } }

describe('asking for a component', () => {
  it('that waits for its next try makes that one now', async () => {
    const world = await settledWorld({ x: without })
    write(world, 'x', 'v2 BAD:start')
    await world.clock.advance(10 * MINUTE)
    const attempts = world.host('a').ledger.length
    await world.clock.advance(10 * SECOND)
    expect([states(world)['x@a'], world.host('a').ledger.length]).toEqual(['failed.retrying', attempts])
    const [asked] = world.controller.asks.reconcile({ component: 'x' })
    expect(asked?.does).toMatch(/^had failed and is tried again now, not later; it failed with: start unit:x.service/)
    await world.clock.advance(10 * SECOND)
    expect(world.host('a').ledger.length).toBe(attempts + 1)
    expect(await reasons(world, 'x@a')).toContain('Asked')
  })

  it('that was given up tries it again', async () => {
    const world = await settledWorld({ x: {} })
    // What is proven comes up only when it is asked for: until then it is as broken as the change.
    let isBroken = true
    const host = world.host('a')
    host.units.onStart = (name) => void (isBroken && host.die(name))
    write(world, 'x', 'v2')
    await world.clock.advance(10 * MINUTE)
    expect(states(world)['x@a']).toBe('failed.stalled')
    const effects = world.host('a').ledger.length
    await world.clock.advance(60 * MINUTE)
    expect(world.host('a').ledger.length).toBe(effects)
    isBroken = false
    expect(world.controller.asks.reconcile({ component: 'x' })[0]?.does).toMatch(
      /^had been given up and is tried again now/,
    )
    await world.clock.advance(MINUTE)
    expect(states(world)['x@a']).toBe('healthy.inSync')
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v2')
  })

  it('that was taken back does not try it again, and says so', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 BAD:start')
    await world.clock.advance(5 * MINUTE)
    const effects = world.host('a').ledger.length
    expect(world.controller.asks.reconcile({ component: 'x' })[0]?.does).toMatch(
      /looked at now; the revision that was taken back is not/,
    )
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], world.host('a').ledger.length]).toEqual(['rolledBack.holding', effects])
  })

  it('that is well only looks, and writes nothing', async () => {
    const world = await settledWorld({ x: {} })
    const writes = world.storeWrites
    expect(world.controller.asks.reconcile({ component: 'x' })).toEqual([{ key: 'x@a', does: 'is looked at now' }])
    await world.clock.advance(10 * SECOND)
    expect(world.storeWrites).toBe(writes)
    expect(world.controller.asks.reconcile({ component: 'nobody' })).toEqual([])
  })

  it('is not forgotten when the store fails', async () => {
    const world = await settledWorld({ x: without })
    write(world, 'x', 'v2 BAD:start')
    await world.clock.advance(30 * MINUTE)
    const attempts = world.host('a').ledger.length
    let failures = 2
    world.onMoment = (moment) => (moment === 'write before' && failures-- > 0 ? 'fail' : 'go')
    world.controller.asks.reconcile({ component: 'x' })
    await world.clock.advance(40 * SECOND)
    expect(world.host('a').ledger.length).toBeGreaterThan(attempts)
  })
})
