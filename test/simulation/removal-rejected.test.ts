// What never got further than being rejected owns nothing on its host; that it was rejected is remembered there, until it goes.
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { settledWorld, states } from './support/stories.ts'

const MINUTE = 60_000

function remove(world: SimWorld, ...names: string[]): void {
  for (const name of names) world.components.delete(name)
  world.commit()
}

describe('what was only ever rejected', () => {
  const rejected = async () => {
    const world = await settledWorld({ x: { content: 'BAD:validate' }, y: {}, z: { content: 'BAD:validate' } })
    expect(states(world)['x@a']).toBe('rolledBack.holding')
    expect(world.host('a').records.get('x')).toMatchObject({ owned: [], rejected: [expect.any(String)] })
    return world
  }

  it('leaves no record on its host when it is deleted', async () => {
    const world = await rejected()
    // As much as that is, nobody is asked about what is not there.
    remove(world, 'x', 'z')
    await world.clock.advance(MINUTE)
    expect([...world.host('a').records.keys()]).toEqual(['y'])
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
    // Nor does it count when something else goes soon after that.
    remove(world, 'y')
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({})
  })

  it('leaves none either when the store was lost meanwhile', async () => {
    const world = await rejected()
    world.loseStore()
    remove(world, 'x', 'z')
    await world.start()
    await world.clock.advance(MINUTE)
    expect([...world.host('a').records.keys()]).toEqual(['y'])
  })
})
