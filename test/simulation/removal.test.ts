// What leaves the desired state, told as stories: in which order it goes, what holds it, and who is asked.
import { describe, expect, it } from 'vitest'
import type { SimComponent } from './support/sim-type.ts'
import type { SimWorld } from './support/sim-world.ts'
import { rewrite, settledWorld, states } from './support/stories.ts'

const MINUTE = 60_000
/** Shorter than any operation of the simulation. */
const AT_ONCE_MS = 1_999

/** So many that a few of them may go unasked. */
function crowd(count: number): Record<string, Partial<SimComponent>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`other${i}`, { hosts: ['c'] }]))
}

/** Settled, and looked at only when something happens: whoever waits for something must hear of it. */
async function quietWorld(components: Record<string, Partial<SimComponent>>): Promise<SimWorld> {
  const world = await settledWorld(components)
  world.resyncMs = 24 * 60 * MINUTE
  await world.start()
  await world.clock.advance(MINUTE)
  return world
}

/** Components and when their removal ended, in that order. */
function removals(world: SimWorld): [component: string, atMs: number][] {
  const entries = [...world.hosts.values()].flatMap(({ ledger }) => ledger)
  return entries
    .filter(({ operation }) => operation.kind === 'remove')
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ operation, atMs }) => [operation.component, atMs])
}

function remove(world: SimWorld, ...names: string[]): void {
  for (const name of names) world.components.delete(name)
  world.commit()
}

const chain = {
  base: { hosts: ['a'] },
  middle: { hosts: ['b'], dependsOn: ['base'] },
  top: { hosts: ['a'], dependsOn: ['middle'] },
}

describe('a chain of dependencies goes from its end, one after the other', () => {
  const expectOrder = (world: SimWorld) => {
    const gone = removals(world)
    expect(gone.map(([component]) => component)).toEqual(['top', 'middle', 'base'])
    const [top = 0, middle = 0, base = 0] = gone.map(([, atMs]) => atMs)
    expect([middle - top, base - middle].every((ms) => ms > AT_ONCE_MS)).toBe(true)
  }

  it('when it is deleted, without waiting for a resync', async () => {
    const world = await quietWorld({ ...chain, ...crowd(12) })
    remove(world, 'base', 'middle', 'top')
    await world.clock.advance(30_000)
    expectOrder(world)
    expect(Object.keys(states(world)).filter((key) => !key.startsWith('other'))).toEqual([])
  })

  it('when it is deleted while the controller is down', async () => {
    const world = await quietWorld({ ...chain, ...crowd(12) })
    world.kill()
    remove(world, 'base', 'middle', 'top')
    await world.start()
    await world.clock.advance(MINUTE)
    expectOrder(world)
  })

  it('when the controller is killed after each step', async () => {
    const world = await quietWorld({ ...chain, ...crowd(12) })
    remove(world, 'base', 'middle', 'top')
    for (let step = 0; step < 10; step += 1) {
      await world.clock.advance(3_000)
      await world.start()
    }
    await world.clock.advance(MINUTE)
    expectOrder(world)
  })

  it('when it is disabled, without waiting for a resync', async () => {
    const world = await quietWorld(chain)
    for (const name of ['base', 'middle', 'top']) rewrite(world, name, { enabled: false })
    await world.clock.advance(30_000)
    expectOrder(world)
    expect(new Set(Object.values(states(world)))).toEqual(new Set(['disabled.absent']))
  })
})

describe('what is disabled', () => {
  it('stays while others need it, and goes at once when they no longer do', async () => {
    const world = await quietWorld({ base: {}, top: { hosts: ['b'], dependsOn: ['base'] } })
    rewrite(world, 'base', { enabled: false })
    await world.clock.advance(10 * MINUTE)
    expect(states(world)).toEqual({ 'base@a': 'disabled.removing', 'top@b': 'healthy.inSync' })
    rewrite(world, 'top', { dependsOn: [] })
    await world.clock.advance(15_000)
    expect(states(world)).toEqual({ 'base@a': 'disabled.absent', 'top@b': 'healthy.inSync' })
  })

  it('keeps a new revision of those that need it from being applied, and lets it go when it is back', async () => {
    const world = await quietWorld({ base: { enabled: false }, top: { hosts: ['b'], dependsOn: ['base'] } })
    const top = world.controller.statuses.get('top@b')
    expect(top.lifecycle.context).toMatchObject({
      reason: 'DependencyDisabled',
      message: expect.stringContaining('base'),
    })
    expect(world.host('b').ledger).toEqual([])
    rewrite(world, 'base', { enabled: true })
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'base@a': 'healthy.inSync', 'top@b': 'healthy.inSync' })
  })
})

describe('what is on a host that no Host document names any more', () => {
  it('stays as it is, says so, writes no history, and holds nothing up', async () => {
    const world = await settledWorld({ base: {}, top: { hosts: ['b'], dependsOn: ['base'] }, ...crowd(12) })
    world.hosts.delete('b')
    for (const name of ['base', 'top']) world.components.delete(name)
    await world.start()
    await world.clock.advance(5 * MINUTE)
    expect(states(world)['base@a']).toBeUndefined()
    const { conditions } = world.controller.statuses.get('top@b')
    expect(conditions.find(({ type }) => type === 'Reachable')).toMatchObject({
      status: 'False',
      message: 'no Host document names b',
    })
    const events = await world.store.events({ key: 'top@b' })
    expect(events.map(({ reason }) => reason)).not.toContain('Removing')
    const stored = await world.store.get('top@b')
    await world.start()
    await world.clock.advance(60 * MINUTE)
    expect(await world.store.get('top@b')).toEqual(stored)
  })
})
