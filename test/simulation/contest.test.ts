// Somebody keeps changing what we put back: the controller stops, says so, and knows when that is over.
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { condition, keep, reasons, settledWorld, states, write } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const FILE = '/etc/x.conf'

const edit = (world: SimWorld) => () => world.host('a').edit(FILE, { content: 'by somebody' })
const corrections = (world: SimWorld) =>
  world.host('a').ledger.filter(({ operation }) => operation.cause === 'drift').length
const content = (world: SimWorld) => world.host('a').files.get(FILE)?.content

/** A component whose file somebody edits every twenty seconds, ten minutes later. */
async function contestedWorld() {
  const world = await settledWorld({ x: {}, y: {} })
  const end = keep(world, 20 * SECOND, edit(world))
  await world.clock.advance(10 * MINUTE)
  return { world, end }
}

describe('a file that somebody keeps changing', () => {
  it('is put back three times and then left, with everything else as well as before', async () => {
    const { world } = await contestedWorld()
    expect([corrections(world), content(world)]).toEqual([3, 'by somebody'])
    expect(states(world)).toEqual({ 'x@a': 'healthy.drifted', 'y@a': 'healthy.inSync' })
    expect(condition(world, 'x@a', 'Drifted')).toMatchObject({
      status: 'True',
      reason: 'Contested',
      message: expect.stringMatching(/^file:\/etc\/x.conf content: put back 3 times.*homeostat reconcile x@a$/),
    })
    expect(condition(world, 'x@a', 'Ready')?.status).toBe('True')
    expect((await reasons(world, 'x@a')).filter((reason) => reason === 'Contested')).toHaveLength(1)
    // Ten quiet minutes are remembered, once.
    await world.clock.advance(10 * MINUTE)
    const writes = world.storeWrites
    await world.clock.advance(60 * MINUTE)
    expect([corrections(world), world.storeWrites]).toEqual([3, writes])
  })

  it('does not keep anything else of the component from being put right', async () => {
    const { world } = await contestedWorld()
    world.host('a').stop('x.service')
    await world.clock.advance(5 * MINUTE)
    expect(world.host('a').units.get('x.service')?.active).toBe('active')
    expect(content(world)).toBe('by somebody')
    world.host('a').die('x.service')
    await world.clock.advance(5 * MINUTE)
    expect(world.host('a').units.get('x.service')?.active).toBe('active')
    expect(states(world)['x@a']).toBe('healthy.drifted')
    expect(world.problems).toEqual([])
  })

  it('is ours again once it is right by itself, with three corrections to go', async () => {
    const { world, end } = await contestedWorld()
    end()
    world.host('a').edit(FILE, { content: 'v1' })
    await world.clock.advance(3 * MINUTE)
    expect(states(world)['x@a']).toBe('healthy.inSync')
    expect(condition(world, 'x@a', 'Drifted')?.status).toBe('False')
    expect(await reasons(world, 'x@a')).toContain('ContestOver')
    edit(world)()
    await world.clock.advance(3 * MINUTE)
    expect([corrections(world), content(world)]).toEqual([4, 'v1'])
  })

  it('is ours again when somebody asks, and is put back at once', async () => {
    const { world, end } = await contestedWorld()
    end()
    const asked = world.controller.asks.reconcile({ component: 'x' })
    expect(asked).toEqual([{ key: 'x@a', does: `is put back again, contested as it is: file:${FILE} content` }])
    await world.clock.advance(30 * SECOND)
    expect([states(world)['x@a'], content(world)]).toEqual(['healthy.inSync', 'v1'])
  })

  it('is ours again with a new revision', async () => {
    const { world, end } = await contestedWorld()
    end()
    write(world, 'x', 'v2')
    await world.clock.advance(MINUTE)
    expect([states(world)['x@a'], content(world)]).toEqual(['healthy.inSync', 'v2'])
  })

  it('stays contested over a restart of the controller', async () => {
    const { world } = await contestedWorld()
    await world.start()
    await world.clock.advance(10 * MINUTE)
    expect([corrections(world), condition(world, 'x@a', 'Drifted')?.reason]).toEqual([3, 'Contested'])
  })

  it('is put back for ever where it is seldom changed', async () => {
    const world = await settledWorld({ x: {} })
    const end = keep(world, 14 * MINUTE, edit(world))
    await world.clock.advance(3 * 60 * MINUTE)
    end()
    await world.clock.advance(10 * MINUTE)
    expect(corrections(world)).toBeGreaterThan(10)
    expect([states(world)['x@a'], content(world)]).toEqual(['healthy.inSync', 'v1'])
  })
})

describe('a process that somebody keeps stopping', () => {
  it('is left stopped, and the component is what it is: failed, and not restarted', async () => {
    const world = await settledWorld({ x: {} })
    keep(world, 20 * SECOND, () => world.host('a').stop('x.service'))
    await world.clock.advance(10 * MINUTE)
    expect(corrections(world)).toBe(3)
    expect(condition(world, 'x@a', 'Ready')?.status).toBe('False')
    expect(condition(world, 'x@a', 'Drifted')).toMatchObject({ reason: 'Contested' })
    await world.clock.advance(60 * MINUTE)
    expect(corrections(world)).toBe(3)
    expect(world.host('a').units.get('x.service')?.active).toBe('inactive')
  })

  it('is none that dies by itself: that is started for ever', async () => {
    const world = await settledWorld({ x: {} })
    keep(world, 5 * MINUTE, () => world.host('a').die('x.service'))
    await world.clock.advance(60 * MINUTE)
    expect(corrections(world)).toBeGreaterThan(8)
    expect(condition(world, 'x@a', 'Drifted')?.reason).not.toBe('Contested')
  })
})

describe('a new revision that somebody keeps changing', () => {
  it('is put back within its time only, and taken back when that is over, for that reason', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2')
    const isNew = () => content(world) === 'v2'
    const end = keep(world, SECOND, () => isNew() && edit(world)())
    await world.clock.advance(50 * SECOND)
    expect(states(world)['x@a']).toBe('verifying.probing')
    expect(condition(world, 'x@a', 'Drifted')).toMatchObject({ status: 'True', reason: 'Contested' })
    expect(corrections(world)).toBe(3)
    await world.clock.advance(2 * MINUTE)
    expect([states(world)['x@a'], content(world)]).toEqual(['rolledBack.holding', 'v1'])
    expect(condition(world, 'x@a', 'RolledBack')).toMatchObject({ status: 'True', reason: 'Contested' })
    end()
    await world.clock.advance(60 * MINUTE)
    expect(states(world)['x@a']).toBe('rolledBack.holding')
  })

  it('is taken back once, and what is then changed again is left', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2')
    keep(world, SECOND, edit(world))
    await world.clock.advance(5 * MINUTE)
    expect(states(world)['x@a']).toBe('rolledBack.holding')
    expect(condition(world, 'x@a', 'Drifted')).toMatchObject({ status: 'True', reason: 'Contested' })
    const effects = world.host('a').ledger.length
    await world.clock.advance(60 * MINUTE)
    expect(world.host('a').ledger.length).toBe(effects)
  })

  it('is proven when whoever did that ends in time', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2')
    const end = keep(world, SECOND, edit(world))
    await world.clock.advance(40 * SECOND)
    end()
    world.controller.asks.reconcile({ component: 'x' })
    await world.clock.advance(MINUTE)
    expect([states(world)['x@a'], content(world)]).toEqual(['healthy.inSync', 'v2'])
  })
})
