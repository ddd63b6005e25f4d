// The clock of the controller's machine is set: by NTP, by hand, by an hour forward or back, while it runs and while it does not.
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { settledWorld, states, worldWith, write } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const steps = [['forward', HOUR] as const, ['back', -HOUR] as const]

const effects = (world: SimWorld) => world.host('a').ledger.length

describe.each(steps)('the clock is set an hour %s', (_, stepMs) => {
  it('in the middle of a soak, which takes its time', async () => {
    const world = await worldWith({ x: { policy: { minHealthyMs: 30 * SECOND } } })
    await world.clock.advance(8 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'verifying.soaking' })
    world.clock.setWall(stepMs)
    await world.clock.advance(20 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'verifying.soaking' })
    await world.clock.advance(15 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  })

  it('in the middle of a verification, which is over at its deadline and not before', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(20 * SECOND)
    world.clock.setWall(stepMs)
    await world.clock.advance(30 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'verifying.probing' })
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
  })

  it('while it waits for its next try, which comes when it would have', async () => {
    const world = await settledWorld({ x: { policy: { autoRollback: false } } })
    write(world, 'x', 'v2 BAD:start')
    await world.clock.advance(10 * MINUTE)
    const before = effects(world)
    world.clock.setWall(stepMs)
    await world.clock.advance(15 * SECOND)
    expect(effects(world)).toBe(before)
    await world.clock.advance(20 * MINUTE)
    expect(effects(world)).toBeGreaterThan(before)
  })

  it('while a host is silent, which is tried again when it would have been', async () => {
    const world = await settledWorld({ x: {} })
    world.unreachable.add('a')
    await world.clock.advance(10 * MINUTE)
    world.clock.setWall(stepMs)
    world.unreachable.clear()
    world.host('a').edit('/etc/x.conf', { content: 'by hand' })
    await world.clock.advance(20 * MINUTE)
    expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v1')
  })

  it('in the middle of a soak, and the controller is killed and comes back', async () => {
    const world = await worldWith({ x: { policy: { minHealthyMs: 30 * SECOND } } })
    await world.clock.advance(8 * SECOND)
    world.kill()
    world.clock.setWall(stepMs)
    await world.start()
    await world.clock.advance(20 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'verifying.soaking' })
    await world.clock.advance(20 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  })

  it('while the controller is away in the middle of a verification, and it goes on where it stood', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(20 * SECOND)
    world.kill()
    world.clock.setWall(stepMs)
    await world.start()
    await world.clock.advance(30 * SECOND)
    expect(states(world)).toEqual({ 'x@a': 'verifying.probing' })
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
  })

  it('and is what people are told, soon after that', async () => {
    const world = await settledWorld({ x: {} })
    world.clock.setWall(stepMs)
    await world.clock.advance(2 * MINUTE)
    write(world, 'x', 'v2')
    await world.clock.advance(MINUTE)
    const events = await world.store.events({ key: 'x@a', limit: 1_000 })
    const agoMs = world.clock.wallMs() - (events.at(-1)?.atMs ?? 0)
    expect(agoMs).toBeGreaterThanOrEqual(0)
    expect(agoMs).toBeLessThan(MINUTE)
    const { enteredAtMs } = world.controller.statuses.get('x@a').lifecycle.context
    expect(world.clock.wallMs() - enteredAtMs).toBeLessThan(MINUTE)
  })
})
