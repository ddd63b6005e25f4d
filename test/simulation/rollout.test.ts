// A component on several hosts: a new revision goes through them one after the other, and stops where it fails.
import { describe, expect, it } from 'vitest'
import type { Rollout } from '../../src/model/policy.ts'
import type { SimWorld } from './support/sim-world.ts'
import { condition, rewrite, settledWorld, states, worldWith, write } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60_000

const onAll = (rollout: Rollout = { maxParallel: 1 }) => ({ x: { hosts: ['a', 'b', 'c'], policy: { rollout } } })
const content = (world: SimWorld) => ['a', 'b', 'c'].map((name) => world.host(name).files.get('/etc/x.conf')?.content)
/** When each host was changed, in order. */
const order = (world: SimWorld, sinceMs: number) =>
  [...world.hosts.values()]
    .flatMap(({ name, ledger }) => ledger.filter(({ atMs }) => atMs >= sinceMs).map(({ atMs }) => ({ name, atMs })))
    .sort((one, other) => one.atMs - other.atMs)

describe('a new revision', () => {
  it('goes through the hosts by name, each when the one before is healthy with it', async () => {
    const world = await settledWorld(onAll())
    const sinceMs = world.clock.nowMs()
    write(world, 'x', 'v2')
    await world.clock.advance(5 * MINUTE)
    const changes = order(world, sinceMs)
    expect(changes.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    const gaps = changes.map(({ atMs }, at) => atMs - (changes[at - 1]?.atMs ?? Number.NEGATIVE_INFINITY))
    for (const gap of gaps) expect(gap).toBeGreaterThan(10 * SECOND)
    expect(Math.max(...gaps.slice(1))).toBeLessThan(30 * SECOND)
    expect(content(world)).toEqual(['v2', 'v2', 'v2'])
    expect(Object.values(states(world))).toEqual(Array(3).fill('healthy.inSync'))
  })

  it('goes to the canary first, alone, and then to as many at once as it may', async () => {
    const world = await settledWorld(onAll({ maxParallel: 2, canary: 'c' }))
    const sinceMs = world.clock.nowMs()
    write(world, 'x', 'v2')
    await world.clock.advance(5 * MINUTE)
    const [first, second, third] = order(world, sinceMs)
    expect(first?.name).toBe('c')
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(10 * SECOND)
    expect((third?.atMs ?? 0) - (second?.atMs ?? 0)).toBeLessThan(10 * SECOND)
  })

  it('that fails on the first host is taken back there and touches no other, until the fix goes through all', async () => {
    const world = await settledWorld(onAll())
    const before = ['b', 'c'].map((name) => world.host(name).ledger.length)
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(10 * MINUTE)
    expect(states(world)).toEqual({
      'x@a': 'rolledBack.holding',
      'x@b': 'healthy.inSync',
      'x@c': 'healthy.inSync',
    })
    expect(content(world)).toEqual(['v1', 'v1', 'v1'])
    expect(['b', 'c'].map((name) => world.host(name).ledger.length)).toEqual(before)
    expect(condition(world, 'x@c', 'Blocked')).toMatchObject({
      status: 'True',
      reason: 'RolloutHalted',
      message: expect.stringMatching(/x@a could not be brought to it .*c stays as it is until the spec changes/),
    })
    const sinceMs = world.clock.nowMs()
    write(world, 'x', 'v3')
    await world.clock.advance(5 * MINUTE)
    expect(order(world, sinceMs).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(content(world)).toEqual(['v3', 'v3', 'v3'])
    expect(condition(world, 'x@c', 'Blocked')?.status).toBe('False')
  })

  it('is the same after a restart of the controller in the middle', async () => {
    const world = await settledWorld(onAll())
    const sinceMs = world.clock.nowMs()
    write(world, 'x', 'v2')
    for (let round = 0; round < 15; round += 1) {
      await world.clock.advance(6 * SECOND)
      await world.start()
    }
    await world.clock.advance(5 * MINUTE)
    expect(order(world, sinceMs).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('replaces the one that is still under way, where that is', async () => {
    const world = await settledWorld(onAll())
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(20 * SECOND)
    expect(states(world)['x@a']).toBe('verifying.probing')
    write(world, 'x', 'v3')
    await world.clock.advance(3 * SECOND)
    expect(content(world)).toEqual(['v3', 'v1', 'v1'])
  })
})

describe('while a new revision waits for its turn', () => {
  it('what runs is kept: probed, and put right', async () => {
    const world = await settledWorld(onAll())
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(10 * MINUTE)
    world.host('b').edit('/etc/x.conf', { content: 'by hand' })
    await world.clock.advance(2 * MINUTE)
    expect(content(world)).toEqual(['v1', 'v1', 'v1'])
    expect(states(world)['x@b']).toBe('healthy.inSync')
    expect(condition(world, 'x@b', 'Blocked')?.reason).toBe('RolloutHalted')
  })

  it('what depends on it waits too', async () => {
    const world = await settledWorld({ ...onAll(), y: { dependsOn: ['x'] } })
    write(world, 'x', 'v2')
    write(world, 'y', 'v2')
    await world.clock.advance(40 * SECOND)
    expect(states(world)['y@a']).toBe('deploying.blocked')
    await world.clock.advance(5 * MINUTE)
    const changes = [...world.hosts.values()].flatMap(({ ledger }) => ledger).sort((a, b) => a.atMs - b.atMs)
    expect(changes.at(-1)?.operation.component).toBe('y')
    expect(states(world)['y@a']).toBe('healthy.inSync')
  })

  it('it is over when the spec goes back to what runs, and those that wait for it hear of that', async () => {
    const world = await settledWorld({ ...onAll(), y: { dependsOn: ['x'] } })
    write(world, 'x', 'v2 BAD:probe')
    write(world, 'y', 'v2')
    await world.clock.advance(10 * MINUTE)
    expect(states(world)['y@a']).toBe('deploying.blocked')
    world.resyncMs = 60 * MINUTE
    await world.start()
    await world.clock.advance(MINUTE)
    write(world, 'x', 'v1')
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({
      ...{ 'x@a': 'healthy.inSync', 'x@b': 'healthy.inSync', 'x@c': 'healthy.inSync' },
      'y@a': 'healthy.inSync',
    })
    expect(condition(world, 'x@c', 'Blocked')?.status).toBe('False')
  })
})

describe('a first deployment', () => {
  it('goes to one host, and then to all others at once', async () => {
    const world = await worldWith(onAll())
    await world.clock.advance(3 * MINUTE)
    const [first, second, third] = order(world, 0)
    expect(first?.name).toBe('a')
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(10 * SECOND)
    expect((third?.atMs ?? 0) - (second?.atMs ?? 0)).toBeLessThan(10 * SECOND)
  })

  it('that fails leaves the others alone', async () => {
    const world = await worldWith({ x: { ...onAll().x, content: 'v1 BAD:start' } })
    await world.clock.advance(10 * MINUTE)
    expect(states(world)).toMatchObject({ 'x@a': 'rolledBack.holding', 'x@b': 'deploying.blocked' })
    expect(world.host('b').ledger).toEqual([])
    expect(condition(world, 'x@b', 'Blocked')?.reason).toBe('RolloutHalted')
  })
})

describe('a host that does not answer', () => {
  it('keeps nobody waiting before it was touched, and has its turn when it is back', async () => {
    const world = await settledWorld(onAll())
    world.unreachable.add('a')
    await world.clock.advance(2 * MINUTE)
    write(world, 'x', 'v2')
    await world.clock.advance(5 * MINUTE)
    expect(content(world)).toEqual(['v1', 'v2', 'v2'])
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(content(world)).toEqual(['v2', 'v2', 'v2'])
  })

  it('is waited for when it is the canary, or was touched', async () => {
    const world = await settledWorld(onAll({ maxParallel: 1, canary: 'b' }))
    world.unreachable.add('b')
    await world.clock.advance(2 * MINUTE)
    write(world, 'x', 'v2')
    await world.clock.advance(10 * MINUTE)
    expect(content(world)).toEqual(['v1', 'v1', 'v1'])
    expect(condition(world, 'x@a', 'Blocked')).toMatchObject({
      reason: 'RolloutWaiting',
      message: expect.stringMatching(/waits for x@b, which does not answer: one host at a time/),
    })
    rewrite(world, 'x', { policy: { rollout: { maxParallel: 1 } } })
    await world.clock.advance(5 * SECOND)
    world.unreachable.add('a')
    await world.clock.advance(15 * SECOND)
    expect(content(world)).toEqual(['v2', 'v1', 'v1'])
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(content(world)).toEqual(['v2', 'v2', 'v2'])
  })

  it('takes back by itself what nobody confirmed while the others stay as they are; all have it when it is tried once more', async () => {
    const world = await settledWorld(onAll())
    write(world, 'x', 'v2')
    await world.clock.advance(5 * SECOND)
    world.unreachable.add('a')
    await world.clock.advance(10 * MINUTE)
    expect(content(world)).toEqual(['v1', 'v1', 'v1'])
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(states(world)['x@a']).toBe('healthy.inSync')
    expect(content(world)).toEqual(['v2', 'v2', 'v2'])
  })
})
