// A host's record of a component cannot be read: what the controller then does with that component, and with the others.
import { expect, it } from 'vitest'
import { conditionOf } from '../../src/model/status-summary.ts'
import { settledWorld, states, write } from './support/stories.ts'

const MINUTE = 60_000

it('is written anew from the host and the store, while the other components go on', async () => {
  const world = await settledWorld({ x: {}, y: {} })
  const host = world.host('a')
  const effects = host.ledger.length
  const before = structuredClone(host.records.get('x'))
  host.damaged.add('x')
  host.edit('/etc/y.conf', { content: 'by hand' })
  await world.clock.advance(3 * MINUTE)
  expect([...host.damaged]).toEqual([])
  expect(host.records.get('x')).toEqual(before)
  expect(host.files.get('/etc/y.conf')?.content).toBe('v1')
  expect(host.ledger.slice(effects).map(({ operation }) => operation.component)).toEqual(['y'])
  expect(states(world)).toEqual({ 'x@a': 'healthy.inSync', 'y@a': 'healthy.inSync' })
  const events = (await world.store.events({ key: 'x@a' })).map(({ reason }) => reason)
  expect(events.slice(-2)).toEqual(['RecordDamaged', 'RecordMended'])
  expect(conditionOf(world.controller.statuses.get('x@a'), 'Blocked')?.status).toBe('False')
  expect(world.problems).toEqual([])
})

it('comes back with what was proven and what was rejected', async () => {
  const world = await settledWorld({ x: {} })
  write(world, 'x', 'v2 BAD:start')
  await world.clock.advance(5 * MINUTE)
  const before = structuredClone(world.host('a').records.get('x'))
  expect(before?.rejected).toHaveLength(1)
  world.host('a').damaged.add('x')
  await world.clock.advance(3 * MINUTE)
  expect([...world.host('a').damaged]).toEqual([])
  expect(world.host('a').records.get('x')).toMatchObject({
    ...before,
    verified: { revision: before?.verified?.revision },
  })
  expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
})

it('does not make a removal look done: it is mended first, and then everything goes', async () => {
  const world = await settledWorld({ x: {}, y: {} })
  const host = world.host('a')
  host.damaged.add('x')
  world.components.delete('x')
  world.commit()
  await world.clock.advance(5 * MINUTE)
  expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
  expect([host.files.has('/etc/x.conf'), host.units.has('x.service'), host.records.has('x')]).toEqual([
    false,
    false,
    false,
  ])
})

it('holds a component that the store does not remember either, says how to help, and touches nothing', async () => {
  const world = await settledWorld({ x: {}, y: {} })
  const host = world.host('a')
  const effects = host.ledger.length
  host.damaged.add('x')
  world.loseStore()
  await world.start()
  write(world, 'x', 'v2')
  await world.clock.advance(30 * MINUTE)
  expect(host.ledger.length).toBe(effects)
  expect(conditionOf(world.controller.statuses.get('x@a'), 'Blocked')).toMatchObject({
    status: 'True',
    reason: 'RecordDamaged',
    message: expect.stringMatching(/^the record \/records\/x on a is damaged: .*Put the record back, or move/),
  })
  expect(states(world)['y@a']).toBe('healthy.inSync')
  host.damaged.clear()
  await world.clock.advance(5 * MINUTE)
  expect(states(world)['x@a']).toBe('healthy.inSync')
  expect(host.files.get('/etc/x.conf')?.content).toBe('v2')
})

it('fails no revision when it is damaged in the middle of a deploy', async () => {
  const world = await settledWorld({ x: {} })
  world.onMoment = (moment) => {
    if (moment === 'operate before') {
      world.host('a').damaged.add('x')
      world.onMoment = () => 'go'
    }
    return 'go'
  }
  write(world, 'x', 'v2')
  await world.clock.advance(5 * MINUTE)
  expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v2')
})
