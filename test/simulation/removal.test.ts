// What leaves the desired state, told as stories: in which order it goes, what holds it, and who is asked.
import { describe, expect, it } from 'vitest'
import { noFaults } from './support/faults.ts'
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

describe('when too much would go at once', () => {
  const many = ['v', 'w', 'x', 'y']
  const left = (world: SimWorld) => many.filter((name) => world.host('a').files.has(`/etc/${name}.conf`))
  const asked = async (more = 5) => {
    const world = await settledWorld({ ...Object.fromEntries(many.map((name) => [name, {}])), ...crowd(more) })
    remove(world, ...many)
    await world.clock.advance(10 * MINUTE)
    expect(left(world)).toEqual(many)
    return world
  }
  const question = (world: SimWorld, name: string) =>
    world.controller.statuses.get(`${name}@a`).lifecycle.context.message

  it('what was confirmed goes, and the rest waits for its own word, for as long as it takes', async () => {
    const world = await asked()
    world.controller.confirmRemoval({ component: 'w' })
    await world.clock.advance(MINUTE)
    expect(left(world)).toEqual(['v', 'x', 'y'])
    expect(question(world, 'v')).toContain(
      '3 of 9 components would be removed, after 1 in the last 10 minutes (v, x, y)',
    )
    await world.clock.advance(24 * 60 * MINUTE)
    await world.start()
    await world.clock.advance(24 * 60 * MINUTE)
    expect(left(world)).toEqual(['v', 'x', 'y'])
    const [, digest = ''] = / --all (\w+)$/.exec(question(world, 'v')) ?? []
    world.controller.confirmRemoval({ all: digest })
    await world.clock.advance(MINUTE)
    expect(left(world)).toEqual([])
    const events = await world.store.events({ component: 'x' })
    expect(events.map(({ reason }) => reason)).toContain('RemovalConfirmed')
  })

  it('a confirmation in the middle of a look is written down like any other', async () => {
    for (let ms = 0; ms < 500; ms += 25) {
      const world = await asked()
      world.controller.asks.reconcile({ component: 'w' })
      await world.clock.advance(ms)
      world.controller.confirmRemoval({ component: 'w' })
      await world.clock.advance(MINUTE)
      expect(left(world)).toEqual(['v', 'x', 'y'])
      const events = await world.store.events({ component: 'w' })
      expect(events.map(({ reason }) => reason)).toContain('RemovalConfirmed')
    }
  })

  it('what was confirmed is not asked about again after a crash', async () => {
    const world = await asked()
    world.unreachable.add('a')
    world.controller.confirmRemoval({ component: 'w' })
    await world.clock.advance(MINUTE)
    await world.start()
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(left(world)).toEqual(['v', 'x', 'y'])
  })

  it('a confirmation that could not be used for an hour is over', async () => {
    const world = await asked()
    world.unreachable.add('a')
    world.controller.confirmRemoval({ component: 'w' })
    await world.clock.advance(61 * MINUTE)
    world.unreachable.clear()
    await world.clock.advance(30 * MINUTE)
    expect(left(world)).toEqual(many)
  })

  it('what came back and went again is asked about again', async () => {
    const world = await asked()
    world.unreachable.add('a')
    world.controller.confirmRemoval({ component: 'w' })
    const w = { hosts: ['a'], content: 'v1', enabled: true, dependsOn: [] }
    world.components.set('w', w)
    world.commit()
    await world.clock.advance(MINUTE)
    remove(world, 'w')
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(left(world)).toEqual(many)
  })

  it('one whose host did not answer when the question was put waits too, when it is the last', async () => {
    const world = await settledWorld({
      ...Object.fromEntries(many.map((name) => [name, {}])),
      z: { hosts: ['b'] },
      ...crowd(5),
    })
    world.unreachable.add('b')
    remove(world, ...many, 'z')
    await world.clock.advance(MINUTE)
    for (const component of many) world.controller.confirmRemoval({ component })
    await world.clock.advance(30 * MINUTE)
    expect(left(world)).toEqual([])
    world.unreachable.clear()
    await world.clock.advance(30 * MINUTE)
    expect(world.host('b').files.has('/etc/z.conf')).toBe(true)
  })
})

describe('when one after the other goes', () => {
  const four = { v: {}, w: {}, x: {}, y: {} }
  const drip = async (world: SimWorld, everyMs: number, isRestarted = false) => {
    for (const name of Object.keys(four)) {
      remove(world, name)
      await world.clock.advance(everyMs)
      if (isRestarted) await world.start()
    }
  }

  it.each([false, true])(
    'they count together within ten minutes (controller restarted in between: %s)',
    async (isRestarted) => {
      const world = await settledWorld({ ...four, ...crowd(12) })
      await drip(world, 2 * MINUTE, isRestarted)
      await world.clock.advance(60 * MINUTE)
      expect([...world.host('a').files.keys()]).toEqual(['/etc/y.conf'])
    },
  )

  it('but not with what was disabled by name', async () => {
    const world = await settledWorld({ ...four, z: {}, ...crowd(12) })
    for (const name of Object.keys(four)) rewrite(world, name, { enabled: false })
    await world.clock.advance(MINUTE)
    remove(world, ...Object.keys(four))
    await world.clock.advance(MINUTE)
    remove(world, 'z')
    await world.clock.advance(MINUTE)
    expect([...world.host('a').files.keys()]).toEqual([])
  })

  it('and not when they take their time', async () => {
    const world = await settledWorld({ ...four, ...crowd(12) })
    await drip(world, 11 * MINUTE)
    expect([...world.host('a').files.keys()]).toEqual([])
  })
})

describe('what was deleted while the store was lost', () => {
  const lost = async (components: Record<string, Partial<SimComponent>>, ...gone: string[]) => {
    const world = await settledWorld(components)
    world.loseStore()
    remove(world, ...gone)
    return world
  }
  const files = (world: SimWorld) => [...world.hosts.values()].flatMap((host) => [...host.files.keys()]).sort()

  it('is found on its host by the record that the host keeps, and removed; the rest is not touched', async () => {
    const world = await lost({ x: {}, y: {} }, 'x')
    await world.start()
    await world.clock.advance(MINUTE)
    expect(files(world)).toEqual(['/etc/y.conf'])
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
    expect(removals(world).map(([name]) => name)).toEqual(['x'])
    const reasons = (await world.store.events({ key: 'x@a' })).map(({ reason }) => reason)
    expect(reasons).toEqual(expect.arrayContaining(['Orphaned', 'Adopted', 'Removing', 'Removed']))
  })

  it('is found on a host that has nothing else any more, also when that answers late', async () => {
    const world = await lost({ x: { hosts: ['b'] }, y: {} }, 'x')
    world.unreachable.add('b')
    await world.start()
    await world.clock.advance(10 * MINUTE)
    expect(files(world)).toEqual(['/etc/x.conf', '/etc/y.conf'])
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(files(world)).toEqual(['/etc/y.conf'])
  })

  it('waits for a person when it is much, counted over all hosts before the first one goes', async () => {
    const world = await lost({ v: {}, w: { hosts: ['b'] }, x: { hosts: ['c'] }, y: {} }, 'v', 'w', 'x')
    // The first answers of the hosts come seconds apart, all later ones at once.
    world.rates = { ...noFaults, slowLook: 1 }
    await world.start()
    await world.clock.advance(100)
    world.rates = noFaults
    await world.clock.advance(60 * MINUTE)
    expect(files(world)).toHaveLength(4)
    expect(world.controller.statuses.get('w@b').lifecycle.context).toMatchObject({
      reason: 'RemovalNotConfirmed',
      message: expect.stringContaining('3 of 4 components would be removed (v, w, x)'),
    })
    for (const component of ['v', 'w', 'x']) world.controller.confirmRemoval({ component })
    await world.clock.advance(MINUTE)
    expect(files(world)).toEqual(['/etc/y.conf'])
  })

  it('stays while a file is broken: it may be written there', async () => {
    const world = await lost({ x: { hosts: ['b'] }, y: {} }, 'x')
    world.broken = ['x.yaml']
    await world.start()
    await world.clock.advance(60 * MINUTE)
    expect(files(world)).toHaveLength(2)
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
    world.broken = []
    world.commit()
    await world.clock.advance(2 * MINUTE)
    expect(files(world)).toEqual(['/etc/y.conf'])
  })

  it('is deployed on as if nothing had been when it is written again meanwhile', async () => {
    const world = await lost({ x: {}, y: {} }, 'x')
    world.broken = ['x.yaml']
    await world.start()
    await world.clock.advance(MINUTE)
    world.components.set('x', { hosts: ['a'], content: 'v1', enabled: true, dependsOn: [] })
    world.broken = []
    world.commit()
    await world.clock.advance(MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync', 'y@a': 'healthy.inSync' })
    expect(world.host('a').ledger).toHaveLength(2)
  })

  it.each([undefined, 'them'])('is left alone where another controller put it there (%s)', async (keeper) => {
    const world = await settledWorld({ x: {}, y: {} })
    const record = world.host('a').records.get('x')
    if (record === undefined) throw new Error('x was not deployed')
    if (keeper === undefined) delete record.keeper
    else record.keeper = keeper
    world.loseStore()
    remove(world, 'x')
    await world.start()
    await world.clock.advance(60 * MINUTE)
    expect(files(world)).toEqual(['/etc/x.conf', '/etc/y.conf'])
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
    // To say that it is ours, it is written down as disabled.
    world.components.set('x', { hosts: ['a'], content: 'v1', enabled: false, dependsOn: [] })
    world.commit()
    await world.clock.advance(MINUTE)
    expect(files(world)).toEqual(['/etc/y.conf'])
  })

  it('is removed once, wherever the controller is killed meanwhile', async () => {
    for (let step = 0; step < 12; step += 1) {
      const world = await lost({ x: {}, y: {} }, 'x')
      await world.start()
      await world.clock.advance(step * 500)
      await world.start()
      await world.clock.advance(10 * MINUTE)
      expect(files(world)).toEqual(['/etc/y.conf'])
      expect(removals(world)).toHaveLength(1)
    }
  })
})
