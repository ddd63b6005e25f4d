// `homeostat rollback` and `unquarantine`: a person wants what was proven before, and later what is written again.
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { condition, reasons, settledWorld, states, worldWith, write } from './support/stories.ts'

const MINUTE = 60_000
const contentOn = (world: SimWorld) => world.host('a').files.get('/etc/x.conf')?.content
const generations = (world: SimWorld) => world.controller.statuses.get('x@a').generations ?? []
const rollBack = (world: SimWorld, to?: number) => world.controller.asks.rollBack({ component: 'x' }, to)

/** v1, v2 and v3 one after the other, each proven. */
async function threeGenerations(): Promise<SimWorld> {
  const world = await settledWorld({ x: {} })
  for (const content of ['v2', 'v3']) {
    write(world, 'x', content)
    await world.clock.advance(5 * MINUTE)
  }
  return world
}

describe('what was brought about', () => {
  it('is remembered with its number, and with what became of it', async () => {
    const world = await threeGenerations()
    write(world, 'x', 'v4 BAD:dies')
    await world.clock.advance(10 * MINUTE)
    expect(states(world)['x@a']).toBe('rolledBack.holding')
    expect(generations(world)).toMatchObject([
      { number: 1, cause: 'spec', verified: true, kept: true },
      { number: 2, cause: 'spec', verified: true, kept: true },
      { number: 3, cause: 'spec', verified: true, kept: true },
      { number: 4, cause: 'rollback', verified: true, kept: true },
    ])
    expect(generations(world)[3]?.revision).toBe(generations(world)[2]?.revision)
  })

  it('is no more than ten, the running and the one proven last', async () => {
    const world = await settledWorld({ x: {} })
    for (let index = 2; index < 15; index++) {
      write(world, 'x', `v${index}${index > 3 ? ' BAD:probe' : ''}`)
      await world.clock.advance(30_000)
    }
    const numbers = generations(world).map(({ number }) => number)
    expect(numbers.length).toBeGreaterThanOrEqual(10)
    expect(numbers.length).toBeLessThanOrEqual(12)
  })

  it('is told by the host when the store is lost', async () => {
    const world = await threeGenerations()
    const before = generations(world).map(({ number, revision, verified }) => ({ number, revision, verified }))
    world.loseStore()
    await world.start()
    await world.clock.advance(5 * MINUTE)
    expect(generations(world).map(({ number }) => number)).toEqual([1, 2, 3])
    expect(generations(world).at(-1)).toMatchObject(before.at(-1) ?? {})
    const effects = world.host('a').ledger.length
    await rollBack(world, 3).then(({ problems }) => expect(problems[0]).toContain('is what runs there'))
    expect(world.host('a').ledger.length).toBe(effects)
  })
})

describe('asking for what was before', () => {
  it('goes back to the last generation proven before, proves it anew and stays there', async () => {
    const world = await threeGenerations()
    const { asked, problems } = await rollBack(world)
    expect(problems).toEqual([])
    expect(asked[0]?.does).toMatch(/^goes back to generation 2 \([0-9a-f]{8}\) now, and stays there until /)
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['rolledBack.holding', 'v2'])
    expect(condition(world, 'x@a', 'RolledBack')).toMatchObject({ status: 'True', reason: 'RollbackAsked' })
    expect(world.host('a').ledger.at(-1)?.operation).toMatchObject({
      kind: 'rollback',
      cause: 'manual',
      restore: { generation: 2 },
    })
    expect(generations(world).at(-1)).toMatchObject({ number: 4, cause: 'manual', verified: true })
    expect(await reasons(world, 'x@a')).toEqual(expect.arrayContaining(['RollbackAsked', 'RollingBack', 'RolledBack']))
    const effects = world.host('a').ledger.length
    world.kill()
    await world.start()
    await world.clock.advance(60 * MINUTE)
    expect([contentOn(world), world.host('a').ledger.length]).toEqual(['v2', effects])
    world.loseStore()
    await world.start()
    await world.clock.advance(60 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['rolledBack.holding', 'v2'])
  })

  it('puts drift back to it, and ends with the next change of what is written', async () => {
    const world = await threeGenerations()
    await rollBack(world, 1)
    await world.clock.advance(5 * MINUTE)
    world.host('a').edit('/etc/x.conf', { content: 'by hand' })
    await world.clock.advance(10 * MINUTE)
    expect(contentOn(world)).toBe('v1')
    write(world, 'x', 'v4')
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['healthy.inSync', 'v4'])
  })

  it('is taken back by asking for what is written again', async () => {
    const world = await threeGenerations()
    await rollBack(world, 1)
    await world.clock.advance(5 * MINUTE)
    expect((await rollBack(world, 3)).problems[0]).toContain('--resume')
    const { asked } = await world.controller.asks.unquarantine({ component: 'x' })
    expect(asked[0]?.does).toBe('is brought to what is written again now')
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['healthy.inSync', 'v3'])
    // The host does not take it for rejected either.
    world.loseStore()
    await world.start()
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['healthy.inSync', 'v3'])
  })

  it('goes back further when it is asked once more', async () => {
    const world = await threeGenerations()
    await rollBack(world)
    await world.clock.advance(5 * MINUTE)
    await rollBack(world)
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['rolledBack.holding', 'v1'])
    expect((await rollBack(world)).problems[0]).toMatch(/no other generation of x@a was proven before 5/)
  })

  it('survives a controller that is killed as soon as it has begun', async () => {
    const world = await threeGenerations()
    await rollBack(world, 1)
    world.onMoment = (moment) => (moment === 'operate sent' ? 'crash' : 'go')
    await world.clock.advance(MINUTE)
    world.onMoment = () => 'go'
    await world.start()
    await world.clock.advance(5 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['rolledBack.holding', 'v1'])
  })
})

describe('asking is refused', () => {
  it('for what is not there, what was never proven, and what runs', async () => {
    const world = await threeGenerations()
    write(world, 'x', 'v4 BAD:probe')
    await world.clock.advance(30_000)
    const problem = async (to?: number) => (await rollBack(world, to)).problems[0]
    expect(await problem(9)).toBe('there is no generation 9 of x@a; there are 1, 2, 3, 4: homeostat history x@a')
    expect(await problem(4)).toMatch(/^generation 4 of x@a was never proven/)
    await world.clock.advance(10 * MINUTE)
    expect(await problem(3)).toMatch(/^generation 3 of x@a is what runs there/)
    expect((await world.controller.asks.unquarantine({ component: 'x' }, 'ffff')).problems[0]).toMatch(
      /^ffff is not the beginning of one revision that was taken back of x@a; those are: [0-9a-f]{8}$/,
    )
  })

  it('for a host that does not answer, and for what is not deployed', async () => {
    const world = await threeGenerations()
    world.unreachable.add('a')
    await world.clock.advance(10 * MINUTE)
    expect((await rollBack(world)).problems[0]).toMatch(/^a does not answer, so nothing of x@a can be taken back/)
    world.unreachable.clear()
    const other = await settledWorld({ x: { enabled: false } })
    expect((await rollBack(other)).problems[0]).toBe('x@a is not deployed, so there is nothing to take back')
    expect(await other.controller.asks.rollBack({ component: 'nobody' })).toEqual({ asked: [], problems: [] })
  })

  it('for a number on several hosts', async () => {
    const world = await worldWith({ x: { hosts: ['a', 'b'] } })
    expect((await rollBack(world, 1)).problems[0]).toMatch(/generations are counted on each host: name one/)
  })
})

describe('what cannot be taken back', () => {
  it('is not taken back by itself: it stops, and says why', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 LASTING BAD:dies')
    await world.clock.advance(30 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['failed.stalled', 'v2 LASTING BAD:dies'])
    expect(condition(world, 'x@a', 'Stalled')).toMatchObject({
      reason: 'Irreversible',
      message: 'file:/etc/x.conf cannot be taken back: it moves the data. Nothing of the change was taken back',
    })
    expect(world.host('a').ledger.filter(({ operation }) => operation.kind === 'rollback')).toEqual([])
  })

  it('that never reached the host holds nothing up', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 LASTING BAD:validate')
    await world.clock.advance(10 * MINUTE)
    expect([states(world)['x@a'], contentOn(world)]).toEqual(['rolledBack.holding', 'v1'])
  })

  it('is refused to whoever asks for it', async () => {
    const world = await settledWorld({ x: {} })
    write(world, 'x', 'v2 LASTING')
    await world.clock.advance(5 * MINUTE)
    expect((await rollBack(world)).problems).toEqual([
      'x@a does not go back to generation 1: file:/etc/x.conf cannot be taken back: it moves the data',
    ])
    await world.clock.advance(5 * MINUTE)
    expect(states(world)['x@a']).toBe('healthy.inSync')
  })
})

describe('a rollback', () => {
  it('is tried once for a revision, by itself', async () => {
    const world = await threeGenerations()
    for (let times = 0; times < 3; times++) {
      write(world, 'x', 'v4 BAD:dies')
      await world.clock.advance(10 * MINUTE)
      write(world, 'x', 'v3')
      await world.clock.advance(10 * MINUTE)
    }
    const tried = world
      .host('a')
      .ledger.filter(({ operation }) =>
        operation.target?.resources.some((it) => it.kind === 'file' && it.content.includes('BAD')),
      )
    const backs = world.host('a').ledger.filter(({ operation }) => operation.kind === 'rollback')
    expect(new Set(tried.map(({ operation }) => operation.kind))).toEqual(new Set(['apply']))
    expect(backs).toHaveLength(1)
  })
})
