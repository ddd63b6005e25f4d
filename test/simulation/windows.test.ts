// When a component may be changed: maintenance windows, and a person who says not now.
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/model/policy.ts'
import type { Window } from '../../src/model/window.ts'
import type { SimWorld } from './support/sim-world.ts'
import { condition, reasons, rewrite, settledWorld, states, waitUntil, worldWith, write } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Ten minutes from each full hour on. */
const hourly: Window = {
  name: 'hourly',
  cron: '0 * * * *',
  durationMs: 10 * MINUTE,
  timeZone: 'UTC',
  corrections: 'always',
}
const content = (world: SimWorld) => world.host('a').files.get('/etc/x.conf')?.content
/** Lets time pass until so many minutes past a full hour. */
async function untilPast(world: SimWorld, minutes: number): Promise<void> {
  const left = (minutes * MINUTE - (world.clock.wallMs() % HOUR) + HOUR) % HOUR
  await world.clock.advance(left)
}

/** `x` on host a, proven, with this policy from then on, at half past. */
async function provenWith(policy: Partial<Policy>): Promise<SimWorld> {
  const world = await settledWorld({ x: {} })
  rewrite(world, 'x', { policy })
  await untilPast(world, 30)
  return world
}

describe('outside of its window', () => {
  it('a new revision waits, says until when, and begins when it opens', async () => {
    const world = await provenWith({ window: hourly })
    world.resyncMs = 24 * HOUR
    await world.start()
    write(world, 'x', 'v2')
    await world.clock.advance(25 * MINUTE)
    expect([content(world), states(world)]).toEqual(['v1', { 'x@a': 'healthy.inSync' }])
    expect(condition(world, 'x@a', 'Blocked')).toMatchObject({
      status: 'True',
      reason: 'OutsideWindow',
      message: expect.stringMatching(/^waits for the window hourly, which opens next at \d{4}-\d\d-\d\d \d\d:00 UTC$/),
    })
    await untilPast(world, 1)
    expect(content(world)).toBe('v2')
    expect(condition(world, 'x@a', 'Blocked')?.status).toBe('False')
  })

  it('a first deployment waits too', async () => {
    const world = await worldWith({ x: { enabled: false } })
    await untilPast(world, 30)
    rewrite(world, 'x', { enabled: true, policy: { window: hourly } })
    await world.clock.advance(20 * MINUTE)
    expect([content(world), condition(world, 'x@a', 'Blocked')?.reason]).toEqual([undefined, 'OutsideWindow'])
    await untilPast(world, 5)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  })

  it('a change that runs goes on when it closes, and is taken back outside of it where it fails', async () => {
    const world = await provenWith({ window: hourly, verifyDeadlineMs: 5 * MINUTE })
    await untilPast(world, 9)
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(3 * MINUTE)
    expect([content(world), states(world)['x@a']]).toEqual(['v2 BAD:probe', 'verifying.probing'])
    await world.clock.advance(5 * MINUTE)
    expect([content(world), states(world)['x@a']]).toEqual(['v1', 'rolledBack.holding'])
  })

  it('drift is put right, unless the window says that it waits too', async () => {
    for (const [corrections, expected] of [
      ['always', 'v1'],
      ['inside', 'by hand'],
    ] as const) {
      const world = await provenWith({ window: { ...hourly, corrections } })
      world.host('a').edit('/etc/x.conf', { content: 'by hand' })
      await world.clock.advance(10 * MINUTE)
      expect(content(world)).toBe(expected)
      expect(condition(world, 'x@a', 'Drifted')?.status).toBe(corrections === 'inside' ? 'True' : 'False')
      await untilPast(world, 5)
      expect([content(world), states(world)['x@a']]).toEqual(['v1', 'healthy.inSync'])
    }
  })

  it('what waits for it is told as well while drift of what runs is put right', async () => {
    const world = await provenWith({ window: hourly })
    write(world, 'x', 'v2')
    await world.clock.advance(MINUTE)
    world.host('a').edit('/etc/x.conf', { content: 'by hand' })
    await waitUntil(world, () => states(world)['x@a'] === 'deploying.applying')
    expect(condition(world, 'x@a', 'Blocked')).toMatchObject({ status: 'True', reason: 'OutsideWindow' })
    await waitUntil(world, () => states(world)['x@a'] === 'verifying.probing')
    expect(condition(world, 'x@a', 'Blocked')).toMatchObject({ status: 'True', reason: 'OutsideWindow' })
  })

  it('what is disabled stays until it opens', async () => {
    const world = await provenWith({ window: hourly })
    rewrite(world, 'x', { enabled: false })
    await world.clock.advance(10 * MINUTE)
    expect(content(world)).toBe('v1')
    await untilPast(world, 5)
    expect(content(world)).toBeUndefined()
  })

  it('several hosts take their turns when it opens', async () => {
    const world = await settledWorld({ x: { hosts: ['a', 'b'] } })
    rewrite(world, 'x', { policy: { window: hourly } })
    await untilPast(world, 30)
    write(world, 'x', 'v2')
    await untilPast(world, 9)
    const times = ['a', 'b'].map((name) => world.host(name).ledger.at(-1)?.atMs ?? 0)
    expect(['a', 'b'].map((name) => world.host(name).files.get('/etc/x.conf')?.content)).toEqual(['v2', 'v2'])
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(10 * SECOND)
  })
})

describe('while it is suspended', () => {
  it('nothing is changed, put right or taken back, and it is observed; after a day it goes on by itself', async () => {
    const world = await provenWith({ suspend: { reason: 'disk swap' } })
    world.resyncMs = 24 * HOUR
    write(world, 'x', 'v2')
    world.host('a').edit('/etc/x.conf', { content: 'by hand' })
    await world.clock.advance(2 * HOUR)
    await world.start()
    await world.clock.advance(20 * HOUR)
    expect(content(world)).toBe('by hand')
    expect(condition(world, 'x@a', 'Suspended')).toMatchObject({
      status: 'True',
      message: expect.stringMatching(/^suspended until .*Z: disk swap$/),
    })
    expect(condition(world, 'x@a', 'Drifted')?.status).toBe('True')
    await world.clock.advance(3 * HOUR)
    expect([content(world), states(world)['x@a']]).toEqual(['v2', 'healthy.inSync'])
    expect(condition(world, 'x@a', 'Suspended')).toBeUndefined()
    expect(await reasons(world, 'x@a')).toEqual(expect.arrayContaining(['Suspended', 'Resumed']))
  })

  it('it ends when it is said to, and when nobody writes it any more', async () => {
    const until = (world: SimWorld, ms: number) => new Date(world.clock.wallMs() + ms).toISOString()
    const world = await provenWith({})
    rewrite(world, 'x', { content: 'v2', policy: { suspend: { reason: 'disk swap', until: until(world, 3 * HOUR) } } })
    await world.clock.advance(2.9 * HOUR)
    expect(content(world)).toBe('v1')
    await world.clock.advance(0.2 * HOUR)
    expect(content(world)).toBe('v2')
    rewrite(world, 'x', { content: 'v3', policy: { suspend: { reason: 'again' } } })
    await world.clock.advance(HOUR)
    expect(content(world)).toBe('v2')
    rewrite(world, 'x', { policy: {} })
    await world.clock.advance(MINUTE)
    expect(content(world)).toBe('v3')
  })

  it('a verification that fails is not taken back before', async () => {
    const world = await provenWith({})
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(10 * SECOND)
    rewrite(world, 'x', { policy: { suspend: { reason: 'let me see' } } })
    await world.clock.advance(HOUR)
    expect(content(world)).toBe('v2 BAD:probe')
    expect(condition(world, 'x@a', 'Blocked')?.reason).toBe('Suspended')
    rewrite(world, 'x', { policy: {} })
    await world.clock.advance(5 * MINUTE)
    expect([content(world), states(world)['x@a']]).toEqual(['v1', 'rolledBack.holding'])
  })
})
