// What others may change, seen from the controller: left, and kept when a file is written for another reason.
import { describe, expect, it } from 'vitest'
import type { IgnoreRule } from '../../src/model/policy.ts'
import { reasons, rewrite, settledWorld, states, write } from './support/stories.ts'

const MINUTE = 60_000
const reason = 'the application writes it'
const FILE = '/etc/x.conf'
const keyed: IgnoreRule = { kind: 'path', name: FILE, keys: [['port']], format: 'json', reason }
const content = (world: Awaited<ReturnType<typeof settledWorld>>) => world.host('a').files.get(FILE)?.content

describe('keys of a file', () => {
  const written = (host: string) => `{"port":1,"host":"${host}"}`
  const begin = () => settledWorld({ x: { content: written('one'), policy: { ignore: [keyed] } } })

  it('are left, without a change and without a restart', async () => {
    const world = await begin()
    world.host('a').edit(FILE, { content: '{\n  "host": "one",\n  "port": 7\n}\n' })
    await world.clock.advance(10 * MINUTE)
    expect(world.host('a').ledger).toHaveLength(1)
    expect(await reasons(world, 'x@a')).not.toContain('DriftFound')
    expect(world.controller.statuses.get('x@a').ignored).toEqual([
      { what: `path ${FILE}: port`, reason, resources: 1, differs: [`file:${FILE} content`] },
    ])
  })

  it('stay what they are when something else is put right', async () => {
    const world = await begin()
    world.host('a').edit(FILE, { content: '{"port":7,"host":"theirs"}' })
    await world.clock.advance(10 * MINUTE)
    expect(content(world)).toBe('{"port":7,"host":"one"}')
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    expect(world.host('a').ledger.map(({ operation }) => operation.cause)).toEqual(['spec', 'drift'])
  })

  it('stay what they are with a new revision, and when that is taken back', async () => {
    const world = await begin()
    world.host('a').edit(FILE, { content: '{"port":7,"host":"one"}' })
    await world.clock.advance(2 * MINUTE)
    write(world, 'x', written('two'))
    await world.clock.advance(2 * MINUTE)
    expect([content(world), states(world)]).toEqual(['{"port":7,"host":"two"}', { 'x@a': 'healthy.inSync' }])
    write(world, 'x', '{"port":1,"host":"BAD:probe"}')
    await world.clock.advance(20 * MINUTE)
    expect([content(world), states(world)]).toEqual(['{"port":7,"host":"two"}', { 'x@a': 'rolledBack.holding' }])
  })

  it('that cannot be read for a while keep nobody from looking again', async () => {
    const world = await begin()
    world.onMoment = (moment) => (moment === 'read before' ? 'fail' : 'go')
    world.host('a').edit(FILE, { content: '{"port":7,"host":"theirs"}' })
    await world.clock.advance(5 * MINUTE)
    expect(content(world)).toBe('{"port":7,"host":"theirs"}')
    world.onMoment = () => 'go'
    await world.clock.advance(20 * MINUTE)
    expect(content(world)).toBe('{"port":7,"host":"one"}')
  })
})

it('a path is left, whatever revision comes; a rule that is written or taken away deploys nothing', async () => {
  const rule: IgnoreRule = { kind: 'path', name: '/etc/*', reason }
  const world = await settledWorld({ x: { content: 'one', policy: { ignore: [rule] } } })
  world.host('a').edit(FILE, { content: 'theirs' })
  write(world, 'x', 'two')
  await world.clock.advance(5 * MINUTE)
  expect([content(world), states(world)]).toEqual(['theirs', { 'x@a': 'healthy.inSync' }])
  rewrite(world, 'x', { policy: {} })
  await world.clock.advance(5 * MINUTE)
  expect([content(world), states(world)]).toEqual(['two', { 'x@a': 'healthy.inSync' }])
  const { length } = world.host('a').ledger
  rewrite(world, 'x', { policy: { ignore: [rule] } })
  await world.clock.advance(5 * MINUTE)
  expect(world.host('a').ledger).toHaveLength(length)
})

it('a unit that somebody stops is left stopped, and keeps no new revision from being proven', async () => {
  const rule: IgnoreRule = { kind: 'unit', name: 'x.service', reason }
  const world = await settledWorld({ x: { policy: { ignore: [rule] } } })
  world.host('a').stop('x.service')
  await world.clock.advance(10 * MINUTE)
  expect([world.host('a').ledger.length, states(world)]).toEqual([1, { 'x@a': 'healthy.inSync' }])
  write(world, 'x', 'v2')
  await world.clock.advance(10 * MINUTE)
  expect([content(world), states(world)]).toEqual(['v2', { 'x@a': 'healthy.inSync' }])
  expect(world.host('a').units.get('x.service')?.active).toBe('inactive')
})
