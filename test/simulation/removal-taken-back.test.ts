// A removal that cuts its host off, or that nobody confirms in time, is taken back by the host, told as stories.
import { describe, expect, it } from 'vitest'
import { checkConverged, checkSafety } from './support/invariants.ts'
import type { SimWorld } from './support/sim-world.ts'
import { condition, reasons, rewrite, settledWorld, states, worldWith } from './support/stories.ts'

const MINUTE = 60_000

/** What lets people in, and something that does not. */
const guarded = () => settledWorld({ door: { content: 'GUARD' }, other: {} })

function remove(world: SimWorld, ...names: string[]): void {
  for (const name of names) world.components.delete(name)
  world.commit()
}

async function asked(world: SimWorld): Promise<void> {
  world.ask('door')
  await world.clock.advance(MINUTE)
}

const kinds = (world: SimWorld) =>
  world.host('a').ledger.flatMap(({ operation: it }) => (it.component === 'door' ? it.kind : []))

describe('what lets people in, deleted', () => {
  it('is brought back by its host, and removed once more a few times; then it stays, and says so', async () => {
    const world = await guarded()
    remove(world, 'door')
    await world.clock.advance(MINUTE)
    expect(world.answers('a')).toBe(true)
    expect(await reasons(world, 'door@a')).toContain('RolledBackByHost')
    expect(condition(world, 'door@a', 'Blocked')).toMatchObject({ status: 'True', reason: 'TriedAgainLater' })
    await world.clock.advance(30 * MINUTE)
    expect(condition(world, 'door@a', 'Blocked')).toMatchObject({ status: 'True', reason: 'RemovalTakenBack' })
    expect(states(world)).toEqual({ 'door@a': 'disabled.removing', 'other@a': 'healthy.inSync' })
    expect(kinds(world)).toEqual(['apply', ...Array(4).fill(['remove', 'rollback']).flat()])
    const writes = world.storeWrites
    await world.clock.advance(30 * MINUTE)
    expect(world.storeWrites).toBe(writes)
    checkConverged(world)
  })

  it('is removed again when somebody asks, and goes for good where that harms nobody any more', async () => {
    const world = await guarded()
    remove(world, 'door')
    await world.clock.advance(30 * MINUTE)
    world.host('a').guards.clear()
    await asked(world)
    expect(states(world)).toEqual({ 'other@a': 'healthy.inSync' })
    expect([...world.host('a').records.keys()]).toEqual(['other'])
    checkConverged(world)
  })

  it('stays where it is written again, and nothing is changed for that', async () => {
    const world = await guarded()
    const door = world.components.get('door')
    remove(world, 'door')
    await world.clock.advance(30 * MINUTE)
    const effects = world.host('a').ledger.length
    if (door !== undefined) world.components.set('door', door)
    world.commit()
    await world.clock.advance(5 * MINUTE)
    expect(states(world)['door@a']).toBe('healthy.inSync')
    expect(world.host('a').ledger).toHaveLength(effects)
  })

  it('takes nothing with it that is deleted together with it', async () => {
    const world = await guarded()
    for (const name of ['door', 'other']) rewrite(world, name, { enabled: false })
    await world.clock.advance(30 * MINUTE)
    expect(states(world)).toEqual({ 'door@a': 'disabled.removing', 'other@a': 'disabled.absent' })
    expect([...world.host('a').records.keys()]).toEqual(['door'])
  })
})

describe('a removal', () => {
  it('leaves no record, and nothing that waits, once its host was reached without it', async () => {
    const world = await settledWorld({ x: {}, y: {} })
    remove(world, 'x')
    await world.clock.advance(20_000)
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
    expect([...world.host('a').records.keys()]).toEqual(['y'])
    expect(world.host('a').deadMan.of('x')).toBeUndefined()
  })

  it('of what was never proven has nothing to go back to, and needs nobody', async () => {
    const world = await worldWith({ x: { content: 'BAD:probe' } })
    await world.clock.advance(15_000)
    rewrite(world, 'x', { enabled: false })
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'disabled.absent' })
    expect(world.host('a').ledger.at(-1)?.operation).not.toHaveProperty('fallback')
  })

  it('comes to its end after a store was lost in the middle of it', async () => {
    const world = await settledWorld({ x: {}, y: {} })
    world.onMoment = (moment) => (moment === 'operate after' ? 'crash' : 'go')
    remove(world, 'x')
    await world.clock.advance(20_000)
    world.onMoment = () => 'go'
    world.loseStore()
    await world.clock.advance(2 * MINUTE)
    expect([...world.host('a').files.keys()]).toContain('/etc/x.conf')
    await world.start()
    await world.clock.advance(10 * MINUTE, () => checkSafety(world))
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
    expect([...world.host('a').files.keys()]).toEqual(['/etc/y.conf'])
  })
})
