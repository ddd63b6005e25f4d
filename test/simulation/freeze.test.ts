// Most of the fleet goes wrong within a minute: everything is looked at as ever, and nothing is changed or taken back.
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { condition, rewrite, settledWorld, states, write } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60_000

const three = { x: { hosts: ['a', 'b', 'c'], policy: { rollout: { maxParallel: 3 } } }, y: {}, z: { hosts: ['c'] } }

/** Two of the three hosts cease to answer, and somebody has noticed. */
async function lostWorld(): Promise<SimWorld> {
  const world = await settledWorld(three)
  for (const name of ['a', 'b']) world.unreachable.add(name)
  await world.clock.advance(2 * MINUTE)
  return world
}

const changes = (world: SimWorld) => [...world.hosts.values()].map(({ ledger }) => ledger.length)

it('what is unwell on most hosts for lack of one component keeps nobody from putting that right', async () => {
  const asks = { hosts: ['a', 'b', 'c'], content: 'ASKS', policy: { rollout: { maxParallel: 3 } } }
  const world = await settledWorld({ s: { policy: { drift: 'off' } }, x: asks })
  world.host('a').edit('/etc/s.conf', { content: 'BAD:probe' })
  await world.clock.advance(3 * MINUTE)
  expect(Object.values(states(world))).not.toContain('healthy.inSync')
  write(world, 's', 'v2')
  await world.clock.advance(5 * MINUTE)
  expect(Object.values(states(world))).toEqual(Array(4).fill('healthy.inSync'))
  expect(world.fleetEvents).toEqual([])
})

describe('when most hosts cease to answer at once', () => {
  it('the others are left as they are too: no change, no correction, no removal', async () => {
    const world = await lostWorld()
    expect(world.fleetEvents).toEqual(['FleetFrozen'])
    const before = changes(world)
    write(world, 'x', 'v2')
    rewrite(world, 'z', { enabled: false })
    world.host('c').edit('/etc/x.conf', { content: 'by hand' })
    await world.clock.advance(20 * MINUTE)
    expect(changes(world)).toEqual(before)
    expect(condition(world, 'x@c', 'Blocked')).toMatchObject({
      status: 'True',
      reason: 'FleetFrozen',
      message: expect.stringMatching(/^2 of 3 hosts ceased .* \(a, b\).*homeostat reconcile --unfreeze$/),
    })
    expect(condition(world, 'x@c', 'Drifted')?.status).toBe('True')
    expect(world.fleetEvents).toEqual(['FleetFrozen'])
  })

  it('it goes on by itself when most have been back for a minute, and not before', async () => {
    const world = await lostWorld()
    write(world, 'x', 'v2')
    const before = changes(world)
    world.unreachable.clear()
    await world.clock.advance(30 * SECOND)
    world.unreachable.add('b').add('c')
    await world.clock.advance(20 * MINUTE)
    expect([changes(world), world.fleetEvents]).toEqual([before, ['FleetFrozen']])
    world.unreachable.clear()
    await world.clock.advance(50 * MINUTE)
    expect(world.fleetEvents).toEqual(['FleetFrozen', 'FleetThawed'])
    expect(Object.values(states(world))).toEqual(Array(5).fill('healthy.inSync'))
    expect(['a', 'b', 'c'].map((name) => world.host(name).files.get('/etc/x.conf')?.content)).toEqual([
      'v2',
      'v2',
      'v2',
    ])
  })

  it('it goes on when a person says so, and is not frozen again for the same', async () => {
    const world = await lostWorld()
    write(world, 'x', 'v2')
    await world.clock.advance(MINUTE)
    expect([world.controller.freeze.lift(), world.controller.freeze.lift()]).toEqual([true, false])
    await world.clock.advance(5 * MINUTE)
    expect(world.host('c').files.get('/etc/x.conf')?.content).toBe('v2')
    expect(world.fleetEvents).toEqual(['FleetFrozen', 'FleetThawed'])
  })

  it('a restart of the controller comes to the same answer', async () => {
    const world = await lostWorld()
    await world.start()
    write(world, 'x', 'v2')
    const before = changes(world)
    await world.clock.advance(10 * MINUTE)
    expect(changes(world)).toEqual(before)
    expect(condition(world, 'x@c', 'Blocked')?.reason).toBe('FleetFrozen')
  })

  it('what was under way on a host is not taken back meanwhile', async () => {
    const world = await settledWorld(three)
    write(world, 'z', 'v2 BAD:probe')
    await world.clock.advance(20 * SECOND)
    for (const name of ['a', 'b']) world.unreachable.add(name)
    await world.clock.advance(10 * MINUTE)
    expect(world.host('c').files.get('/etc/z.conf')?.content).toBe('v2 BAD:probe')
    expect(condition(world, 'z@c', 'Blocked')?.reason).toBe('FleetFrozen')
    world.unreachable.clear()
    await world.clock.advance(40 * MINUTE)
    expect(world.host('c').files.get('/etc/z.conf')?.content).toBe('v1')
    expect(states(world)['z@c']).toBe('rolledBack.holding')
  })
})

describe('when what was proven breaks on most hosts at once', () => {
  it('nothing is restarted, and it is over when most are well again', async () => {
    const rollout = { maxParallel: 3 }
    const world = await settledWorld({ x: { hosts: ['a', 'b', 'c'], policy: { drift: 'warn', rollout } } })
    const write = (content: string) => {
      for (const host of world.hosts.values()) host.edit('/etc/x.conf', { content })
    }
    write('BAD:probe')
    await world.clock.advance(5 * MINUTE)
    expect(world.fleetEvents).toEqual(['FleetFrozen'])
    const before = changes(world)
    await world.clock.advance(60 * MINUTE)
    expect(changes(world)).toEqual(before)
    write('v1')
    await world.clock.advance(10 * MINUTE)
    expect(world.fleetEvents).toEqual(['FleetFrozen', 'FleetThawed'])
  })
})

it('one host after the other is nothing of the kind', async () => {
  const world = await settledWorld(three)
  world.unreachable.add('a')
  await world.clock.advance(5 * MINUTE)
  world.unreachable.add('b')
  await world.clock.advance(10 * MINUTE)
  expect(world.fleetEvents).toEqual([])
  write(world, 'x', 'v2')
  await world.clock.advance(5 * MINUTE)
  expect(world.host('c').files.get('/etc/x.conf')?.content).toBe('v2')
})
