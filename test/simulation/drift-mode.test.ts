// Drift that is only told, or not even that: the component is looked after all the same.
import { describe, expect, it } from 'vitest'
import { condition, keep, reasons, settledWorld, states } from './support/stories.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const only = (drift: 'warn' | 'off') => settledWorld({ x: { policy: { drift } } })

describe('a component whose drift is only told', () => {
  it('is ready, and says once what differs', async () => {
    const world = await only('warn')
    world.host('a').edit('/etc/x.conf', { mode: 0o600 })
    await world.clock.advance(30 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.drifted' })
    expect(condition(world, 'x@a', 'Ready')?.status).toBe('True')
    expect(condition(world, 'x@a', 'Drifted')).toMatchObject({
      status: 'True',
      reason: 'DriftNotCorrected',
      message: 'drift.mode is warn: update file:/etc/x.conf: mode 0600 → 0644',
    })
    expect((await reasons(world, 'x@a')).filter((reason) => reason === 'DriftFound')).toHaveLength(1)
    expect(world.host('a').ledger).toHaveLength(1)
    world.host('a').edit('/etc/x.conf', { mode: 0o644 })
    await world.clock.advance(2 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    expect(condition(world, 'x@a', 'Drifted')?.status).toBe('False')
  })
})

describe.each(['warn', 'off'] as const)('with drift.mode %s', (mode) => {
  it('a process that died is found, called degraded, then failed, and started again', async () => {
    const world = await only(mode)
    world.host('a').edit('/etc/x.conf', { mode: 0o600 })
    await world.clock.advance(2 * MINUTE)
    world.host('a').die('x.service')
    // Found within a minute; three rounds of probes, five seconds apart, are enough to say so.
    await world.clock.advance(75 * SECOND)
    expect(condition(world, 'x@a', 'Ready')?.status).toBe('False')
    await world.clock.advance(2 * MINUTE)
    expect((await reasons(world, 'x@a')).filter((it) => it === 'Degraded' || it === 'Failed')).toEqual([
      'Degraded',
      'Failed',
    ])
    expect(world.host('a').units.get('x.service')?.active).toBe('active')
    expect(condition(world, 'x@a', 'Ready')?.status).toBe('True')
    expect(world.host('a').files.get('/etc/x.conf')?.mode).toBe(0o600)
  })

  it('a process that somebody stopped is told as failed and stays stopped', async () => {
    const world = await only(mode)
    world.host('a').stop('x.service')
    await world.clock.advance(2 * MINUTE)
    expect(await reasons(world, 'x@a')).toEqual(expect.arrayContaining(['Degraded', 'Failed']))
    for (let minute = 0; minute < 20; minute += 1) {
      await world.clock.advance(MINUTE)
      expect(condition(world, 'x@a', 'Ready')?.status).toBe('False')
    }
    expect(world.host('a').units.get('x.service')?.active).toBe('inactive')
    expect(world.host('a').ledger).toHaveLength(1)
  })
})

describe('a component whose drift waits for its turn', () => {
  it('is looked at meanwhile: a process that somebody keeps stopping is no longer called ready', async () => {
    const world = await settledWorld({ x: {} })
    const end = keep(world, 20 * SECOND, () => world.host('a').edit('/etc/x.conf', { mode: 0o600 }))
    // The backoff before the third correction and its successors is longer than three rounds of probes.
    world.controller.statuses.get('x@a').lifecycle.context.corrections = 5
    await world.clock.advance(2 * MINUTE)
    world.host('a').die('x.service')
    await world.clock.advance(90 * SECOND)
    expect(condition(world, 'x@a', 'Ready')?.status).toBe('False')
    end()
  })
})
