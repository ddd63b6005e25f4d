// Bugs that seeds found, each as the smallest story that shows it.
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { rewrite, settledWorld, states, worldWith, write } from './support/stories.ts'

const MINUTE = 60_000

async function until(world: SimWorld, isSo: () => boolean): Promise<void> {
  for (let seconds = 0; seconds < 300 && !isSo(); seconds += 1) await world.clock.advance(1_000)
  expect(isSo()).toBe(true)
}

describe('a component that cannot be rendered any more', () => {
  it('costs no write while nothing changes, and says why it is held', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'BAD:render')
    await world.clock.advance(MINUTE)
    const writes = world.storeWrites
    await world.clock.advance(30 * MINUTE)
    expect(world.storeWrites).toBe(writes)
    const blocked = world.controller.statuses.get('x@a').conditions.find(({ type }) => type === 'Blocked')
    expect(blocked).toMatchObject({ status: 'True', reason: 'NotRenderable' })
  })

  it('is not called removed while what it owned is still on the host', async () => {
    const world = await settledWorld({ x: {}, y: { dependsOn: ['x'] } })
    rewrite(world, 'x', { enabled: false })
    await world.clock.advance(MINUTE)
    expect(states(world)['x@a']).toBe('disabled.removing')
    rewrite(world, 'x', { enabled: true, content: 'BAD:render' })
    await world.clock.advance(5 * MINUTE)
    expect(states(world)['x@a']).toBe('disabled.removing')
    expect(world.controller.statuses.get('x@a').lifecycle.context.lastGood).not.toBeNull()
  })
})

describe('a component that moves to another host', () => {
  it('leaves the first one although others depend on it', async () => {
    const world = await settledWorld({ x: { hosts: ['a'] }, y: { hosts: ['c'], dependsOn: ['x'] } })
    rewrite(world, 'x', { hosts: ['b'] })
    await world.clock.advance(10 * MINUTE)
    expect(states(world)).toEqual({ 'x@b': 'healthy.inSync', 'y@c': 'healthy.inSync' })
    expect(world.host('a').files.size).toBe(0)
  })
})

describe('a lost store', () => {
  it('is rebuilt even when the connection drops in the middle of asking the host', async () => {
    const world = await settledWorld({ x: {} })
    world.loseStore()
    let drops = 2
    world.onMoment = (moment) => (moment === 'recall before' && drops-- > 0 ? 'fail' : 'go')
    await world.start()
    await world.clock.advance(5 * MINUTE)
    expect(world.problems).toEqual([])
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    expect(world.host('a').ledger).toHaveLength(1)
  })

  it('does not try again what its host has rejected, although the host did not answer at first', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 BAD:start')
    await world.clock.advance(5 * MINUTE)
    const effects = world.host('a').ledger.length
    world.loseStore()
    world.unreachable.add('a')
    await world.start()
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'deploying.blocked' })
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
    expect(world.host('a').ledger.length).toBe(effects)
  })
})

describe('an operation that the host never heard of', () => {
  it('leaves a component blocked, not applying, when a dependency failed meanwhile', async () => {
    const world = await settledWorld({ x: { hosts: ['b'] }, y: { dependsOn: ['x'] } })
    write(world, 'y', 'v2')
    write(world, 'x', 'v2 BAD:probe')
    world.onMoment = (moment) => (moment === 'operate before' ? 'fail' : 'go')
    await world.clock.advance(10_000)
    world.onMoment = () => 'go'
    await world.clock.advance(20 * MINUTE)
    expect(states(world)).toEqual({ 'x@b': 'rolledBack.holding', 'y@a': 'deploying.blocked' })
  })
})

describe('a change that its host takes back before it has heard that it was proven', () => {
  it('is not what is gone back to (seed 65)', async () => {
    const world = await worldWith({ x: {} })
    world.onMoment = (moment) => (moment === 'confirm before' ? 'fail' : 'go')
    const { ledger } = world.host('a')
    await until(world, () => ledger.length === 2)
    world.onMoment = () => 'go'
    expect([...world.host('a').files.keys()]).toEqual([])
    await world.clock.advance(10 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    const revision = expect.any(String)
    // Tried once more, since nothing has shown that it is bad.
    expect(ledger.map(({ operation }) => [operation.kind, operation.target?.revision])).toEqual([
      ['apply', revision],
      ['rollback', undefined],
      ['apply', revision],
    ])
  })
})

describe('a store that was put back to when something was taken back', () => {
  it('does not reject what was tried once more and proven since (seed 1899)', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2')
    await world.clock.advance(5_000)
    world.unreachable.add('a')
    await world.clock.advance(2 * MINUTE)
    world.unreachable.clear()
    await until(world, () => states(world)['x@a'] === 'rolledBack.holding')
    const old = await world.copyOfStore()
    await world.clock.advance(5 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    const { length } = world.host('a').ledger
    await world.restoreStore(old)
    void world.start()
    await world.clock.advance(5 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    expect(world.host('a').ledger).toHaveLength(length)
  })
})

describe('a removal whose connection was lost', () => {
  it('is told by an event all the same (seed 15)', async () => {
    const world = await settledWorld({ x: {}, y: {} })
    world.onMoment = (moment) => (moment === 'operate sent' ? 'fail' : 'go')
    world.components.delete('x')
    world.commit()
    await world.clock.advance(5 * MINUTE)
    const removal = world.host('a').ledger.find(({ operation }) => operation.kind === 'remove')
    expect(removal?.outcome).toBe('succeeded')
    const told = (await world.store.events({ limit: 1_000 })).map(({ reason, operationId }) => [reason, operationId])
    expect(told).toContainEqual(['Removed', removal?.operation.id])
  })
})

describe('a store that was put back to when a revision was just being taken back', () => {
  it('takes over that the host has proven it since, and does not take it back for itself', async () => {
    const world = await settledWorld({ a: { hosts: ['b'] }, x: {} })
    world.host('b').stop('a.service')
    rewrite(world, 'a', { policy: { drift: 'off' } })
    write(world, 'x', 'v2 ASKS')
    await until(world, () => states(world)['x@a'] === 'failed.rollingBack')
    const old = await world.copyOfStore()
    await world.clock.advance(5 * MINUTE)
    // What it asks is well again, and it was tried once more.
    rewrite(world, 'a', { policy: { drift: 'correct' } })
    await world.clock.advance(5 * MINUTE)
    const host = world.host('a')
    expect(states(world)['x@a']).toBe('healthy.inSync')
    const effects = host.ledger.length
    await world.restoreStore(old)
    await world.start()
    await world.clock.advance(10 * MINUTE)
    expect(states(world)['x@a']).toBe('healthy.inSync')
    expect(host.ledger).toHaveLength(effects)
  })
})
