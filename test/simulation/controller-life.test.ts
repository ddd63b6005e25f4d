// How a controller begins and ends, and what it does when it cannot even read what is wanted.
import { describe, expect, it } from 'vitest'
import { noFaults } from './support/faults.ts'
import type { SimWorld } from './support/sim-world.ts'
import { rewrite, settledWorld, states, worldWith, write } from './support/stories.ts'

const MINUTE = 60_000

describe('a desired state that cannot be taken in', () => {
  it('because the store fails is tried again by itself, without another change of a file', async () => {
    const world = await settledWorld({ x: {} })
    let failures = 3
    world.onMoment = (moment) => (moment === 'write before' && failures-- > 0 ? 'fail' : 'go')
    write(world, 'x', 'v2')
    await world.clock.advance(2 * MINUTE)
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v2')
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  })

  it('at the start leaves everything as it is, even when a pass is asked for', async () => {
    const world = await settledWorld({ x: {} })
    const before = await world.store.list()
    world.kill()
    write(world, 'x', 'v2')
    world.onMoment = (moment) => (moment === 'write before' ? 'fail' : 'go')
    await world.start()
    world.controller.asks.reconcile({ component: 'x' })
    await world.clock.advance(MINUTE)
    expect(await world.store.list()).toEqual(before)
    expect(world.host('a').ledger).toHaveLength(1)
    world.onMoment = () => 'go'
    await world.clock.advance(20 * MINUTE)
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v2')
  })
})

/** The controller is told to stop at that moment. Resolves when it has; rejects where the moment never came. */
function stopsAt(world: SimWorld, at: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  world.clock.setTimer(30 * MINUTE, () => reject(new Error(`there was no ${at}`)))
  world.onMoment = (moment) => {
    if (moment === at) world.controller.stop(60_000).then(resolve, reject)
    return 'go'
  }
  return promise
}

describe('a controller that stops', () => {
  it('lets a running pass end, writes what came of it, and then does nothing more', async () => {
    const world = await worldWith({ x: {}, y: { hosts: ['b'], dependsOn: ['x'] } })
    await world.clock.advance(1_000)
    expect(states(world)['x@a']).toBe('deploying.applying')
    let isStopped = false
    const stopped = world.controller.stop(60_000).then(() => {
      isStopped = true
    })
    await world.clock.advance(500)
    expect(isStopped).toBe(false)
    await world.clock.advance(20_000)
    await stopped
    expect(states(world)['x@a']).toBe('verifying.probing')
    const writes = world.storeWrites
    rewrite(world, 'x', { content: 'v2' })
    world.controller.asks.reconcile({ component: 'x' })
    await world.clock.advance(60 * MINUTE)
    // What nobody confirms its host takes back by itself.
    const { ledger } = world.host('a')
    expect([world.storeWrites, ledger.map(({ operation }) => operation.kind)]).toEqual([writes, ['apply', 'rollback']])
  })

  it('tells the host first what was proven in the last moment', async () => {
    const world = await worldWith({ x: {} })
    const stopped = stopsAt(world, 'confirm before')
    await world.clock.advance(60 * MINUTE)
    await stopped
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    expect(world.host('a').ledger.map(({ operation }) => operation.kind)).toEqual(['apply'])
  })

  it('tells the host first what was proven anew, also where it knows of that from an earlier generation', async () => {
    const world = await settledWorld({ x: {} })
    world.onMoment = (moment) => (moment === 'confirm before' ? 'crash' : 'go')
    write(world, 'x', 'v2')
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    write(world, 'x', 'v1')
    const { promise: stopped, resolve } = Promise.withResolvers<void>()
    world.onMoment = (moment) => {
      const isProven = states(world)['x@a'] === 'healthy.inSync' && world.host('a').ledger.length === 3
      if (isProven && moment === 'connect anew before') void world.controller.stop(60_000).then(resolve)
      return 'go'
    }
    await world.start()
    await world.clock.advance(60 * MINUTE)
    await stopped
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v1')
    expect(world.host('a').ledger.map(({ operation }) => operation.kind)).toEqual(['apply', 'apply', 'apply'])
  })

  it('tells the host first that what was just removed is gone for good', async () => {
    const world = await settledWorld({ x: {} })
    const stopped = stopsAt(world, 'hold off before')
    rewrite(world, 'x', { enabled: false })
    await world.clock.advance(60 * MINUTE)
    await stopped
    expect(world.host('a').ledger.map(({ operation }) => operation.kind)).toEqual(['apply', 'remove'])
  })

  it('does not wait for a look at a host that takes its time, and calls it neither silent nor failed', async () => {
    const world = await settledWorld({ x: {} })
    world.rates = { ...noFaults, slowLook: 1 }
    world.controller.asks.reconcile({ component: 'x' })
    await world.clock.advance(100)
    const before = [await world.store.list(), await world.store.hosts()]
    let isStopped = false
    const stopped = world.controller.stop(60_000).then(() => {
      isStopped = true
    })
    await world.clock.advance(1_000)
    expect(isStopped).toBe(true)
    await stopped
    expect([await world.store.list(), await world.store.hosts()]).toEqual(before)
    expect(world.problems).toEqual([])
  })

  it('begins nothing more on a host that it has just seen', async () => {
    const world = await settledWorld({ x: {} })
    let stopped: Promise<void> | undefined
    world.host('a').edit('/etc/x.conf', { content: 'by hand' })
    world.onMoment = (moment) => {
      if (moment === 'observe after') stopped = world.controller.stop(60_000)
      return 'go'
    }
    world.controller.asks.reconcile({ component: 'x' })
    await world.clock.advance(60_000)
    await stopped
    expect(world.host('a').ledger).toHaveLength(1)
  })

  it('goes on where it stopped when it is started again', async () => {
    const world = await worldWith({ x: {}, y: { hosts: ['b'], dependsOn: ['x'] } })
    await world.clock.advance(1_000)
    const stopped = world.controller.stop(60_000)
    await world.clock.advance(20_000)
    await stopped
    await world.start()
    await world.clock.advance(5 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync', 'y@b': 'healthy.inSync' })
    expect(world.host('a').ledger).toHaveLength(1)
  })
})

describe('a component that is bad', () => {
  it('changes nothing in what happens to the others, to the millisecond (S17)', async () => {
    const trajectory = async (bad: Record<string, { content: string; hosts: string[] }>) => {
      const world = await worldWith({ x: {}, y: { hosts: ['b'], dependsOn: ['x'] }, ...bad })
      await world.clock.advance(10 * MINUTE)
      return [...world.hosts.values()].flatMap(({ ledger }) =>
        ledger.map(({ atMs, operation, outcome }) => [operation.component, operation.target?.revision, outcome, atMs]),
      )
    }
    const alone = await trajectory({})
    expect(await trajectory({ z: { content: 'BAD:render', hosts: ['a', 'b'] } })).toEqual(alone)
    expect(alone).toHaveLength(2)
  })
})
