// When health is asked for again: a single bad round is no verdict on what was proven.
import { expect, it } from 'vitest'
import { reasons, settledWorld, states } from './support/stories.ts'

const SECOND = 1_000

/** A proven component whose probes have just failed for the first time; nobody puts right why. */
async function failedOnce() {
  const world = await settledWorld({ x: { policy: { drift: 'off' } } })
  world.host('a').edit('/etc/x.conf', { content: 'BAD:probe' })
  const failures = () => world.controller.statuses.get('x@a').lifecycle.context.probeFailures
  for (let second = 0; second < 90 && failures() === 0; second += 1) await world.clock.advance(SECOND)
  return { world, failures }
}

it('what failed one round is asked again five seconds later, and is well when it passes then', async () => {
  const { world, failures } = await failedOnce()
  expect(failures()).toBe(1)
  await world.clock.advance(3 * SECOND)
  expect(failures()).toBe(1)
  world.host('a').edit('/etc/x.conf', { content: 'v1' })
  await world.clock.advance(120 * SECOND)
  expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  expect(await reasons(world, 'x@a')).not.toContain('Degraded')
})

it('what failed three rounds, ten seconds, is called degraded', async () => {
  const { world } = await failedOnce()
  await world.clock.advance(8 * SECOND)
  expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  await world.clock.advance(4 * SECOND)
  expect(states(world)).toEqual({ 'x@a': 'healthy.degraded' })
})

it('what is put right while the component that it asks is not well is degraded, restarted no more, and well with that one', async () => {
  const world = await settledWorld({ s: { policy: { drift: 'off' } }, x: { content: 'ASKS' } })
  const host = world.host('a')
  host.edit('/etc/s.conf', { content: 'BAD:probe' })
  host.edit('/etc/x.conf', { content: 'by hand' })
  await world.clock.advance(60 * SECOND)
  expect([states(world)['x@a'], host.files.get('/etc/x.conf')?.content]).toEqual(['verifying.probing', 'ASKS'])
  await world.clock.advance(5 * 60 * SECOND)
  expect(states(world)['x@a']).toBe('healthy.degraded')
  const { length } = host.ledger
  await world.clock.advance(60 * 60 * SECOND)
  expect([states(world)['x@a'], host.ledger.length]).toEqual(['healthy.degraded', length])
  expect(await reasons(world, 'x@a')).not.toContain('Failed')
  host.edit('/etc/s.conf', { content: 'v1' })
  await world.clock.advance(2 * 60 * SECOND)
  expect([states(world)['x@a'], host.ledger.length]).toEqual(['healthy.inSync', length])
})
