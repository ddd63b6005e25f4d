// The controller on simulated hosts, told as stories: what a user does, what goes wrong, what is on the hosts afterwards.
import { describe, expect, it } from 'vitest'
import type { ConditionType } from '../../src/model/status.ts'
import { SimWorld } from './support/sim-world.ts'
import { condition, states, waitUntil, worldWith, write } from './support/stories.ts'

const MINUTE = 60_000

describe('a quiet controller', () => {
  it('brings everything up and then does nothing more: no effect, no write', async () => {
    const world = await worldWith({ x: { hosts: ['a', 'b', 'c'] }, y: { dependsOn: ['x'] } })
    await world.clock.advance(3 * MINUTE)
    expect(states(world)).toEqual({
      'x@a': 'healthy.inSync',
      'x@b': 'healthy.inSync',
      'x@c': 'healthy.inSync',
      'y@a': 'healthy.inSync',
    })
    const [writes, effects] = [world.storeWrites, world.host('a').ledger.length]
    await world.clock.advance(120 * MINUTE)
    expect([world.storeWrites, world.host('a').ledger.length]).toEqual([writes, effects])
    expect(world.problems).toEqual([])
  })

  it('says of what is being deployed that it is, and not what it waited for before that', async () => {
    const world = await worldWith({ x: {}, y: {} })
    const told = (type: ConditionType) => condition(world, 'y@a', type)
    await waitUntil(world, () => told('Blocked')?.reason === 'HostBusy')
    expect(told('Ready')).toMatchObject({ reason: 'DeployingBlocked', message: 'another change of a is under way' })
    await waitUntil(world, () => states(world)['y@a'] === 'deploying.applying')
    expect(told('Blocked')).toMatchObject({ status: 'False' })
    expect(told('Ready')).toMatchObject({ message: 'an operation is under way on the host' })
    expect(told('Reconciling')).toMatchObject({ status: 'True', reason: 'DeployingApplying' })
    await waitUntil(world, () => states(world)['y@a'] === 'verifying.probing')
    expect(told('Ready')).toMatchObject({ reason: 'VerifyingProbing', message: 'its probes are asked' })
  })

  it('deploys a dependent only when what it depends on is healthy', async () => {
    const world = await worldWith({ x: { hosts: ['b'] }, y: { hosts: ['a'], dependsOn: ['x'] } })
    await world.clock.advance(5_000)
    expect(world.host('a').ledger).toEqual([])
    await world.clock.advance(2 * MINUTE)
    const soaked = (world.host('a').ledger[0]?.atMs ?? 0) - (world.host('b').ledger[0]?.atMs ?? 0)
    expect(soaked).toBeGreaterThan(10_000)
  })
})

describe('a bad revision', () => {
  it.each(['BAD:validate', 'BAD:start', 'BAD:dies', 'BAD:probe'])(
    'is taken back when it has %s, and not tried again',
    async (bad) => {
      const world = await worldWith({ x: {} })
      await world.clock.advance(MINUTE)
      write(world, 'x', `v2 ${bad}`)
      await world.clock.advance(5 * MINUTE)
      expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
      expect(world.host('a').files.get('/etc/x.conf')?.content).toBe('v1')
      expect(world.host('a').units.get('x.service')?.active).toBe('active')
      const effects = world.host('a').ledger.length
      await world.clock.advance(60 * MINUTE)
      expect(world.host('a').ledger.length).toBe(effects)
      write(world, 'x', 'v3')
      await world.clock.advance(MINUTE)
      expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
    },
  )

  it('leaves nothing behind when it was the first', async () => {
    const world = await worldWith({ x: { content: 'BAD:start' } })
    await world.clock.advance(5 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding' })
    expect([world.host('a').files.size, world.host('a').packages.size]).toEqual([0, 0])
  })

  it('is pre-empted by the fix while it is still verified', async () => {
    const world = await worldWith({ x: {} })
    await world.clock.advance(MINUTE)
    write(world, 'x', 'v2 BAD:probe')
    await world.clock.advance(20_000)
    expect(states(world)).toEqual({ 'x@a': 'verifying.probing' })
    write(world, 'x', 'v3')
    await world.clock.advance(30_000)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  })
})

describe('drift', () => {
  it('is put back, and the diff is kept', async () => {
    const world = await worldWith({ x: {} })
    await world.clock.advance(MINUTE)
    world.host('a').edit('/etc/x.conf', { content: 'by hand', mode: 0o600 })
    await world.clock.advance(3 * MINUTE)
    expect(world.host('a').files.get('/etc/x.conf')).toMatchObject({ content: 'v1', mode: 0o644 })
    const { lastDiff } = world.controller.statuses.get('x@a')
    expect(lastDiff?.cause).toBe('drift')
    expect(lastDiff?.diff.changes[0]?.fields.map(({ field }) => field)).toEqual(['content', 'mode'])
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync' })
  })
})

describe('a host that does not answer', () => {
  it('does not delay the others, is no failure, and converges when it is back', async () => {
    const world = await worldWith({ x: { hosts: ['a', 'b'] } })
    world.unreachable.add('a')
    await world.clock.advance(2 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'deploying.blocked', 'x@b': 'healthy.inSync' })
    expect(world.controller.statuses.get('x@a').conditions.find(({ type }) => type === 'Reachable')).toMatchObject({
      status: 'False',
    })
    world.unreachable.clear()
    await world.clock.advance(20 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'healthy.inSync', 'x@b': 'healthy.inSync' })
  })
})

describe('what is written of a component', () => {
  it('is known where its host was never reached, where it is held, and where it is disabled', async () => {
    const world = new SimWorld(1, ['a'])
    const usual = { hosts: ['a'], content: 'v1', enabled: true, dependsOn: [] }
    for (const [name, it] of Object.entries({ x: {}, y: { content: 'BAD:render' }, z: { enabled: false } }))
      world.components.set(name, { ...usual, ...it })
    world.unreachable.add('a')
    await world.start()
    await world.clock.advance(60_000)
    const stored = await world.store.list()
    expect(stored.map(({ key, type }) => [key, type])).toEqual([
      ['x@a', 'sim'],
      ['y@a', 'sim'],
      ['z@a', 'sim'],
    ])
    const { desired = '' } = stored[0] ?? {}
    expect(await world.store.target(desired)).toMatchObject({ type: 'sim', revision: desired })
  })
})

describe('removal', () => {
  it('takes exactly what the component owned', async () => {
    const world = await worldWith({ x: {}, y: {} })
    await world.clock.advance(2 * MINUTE)
    world.components.delete('x')
    world.commit()
    await world.clock.advance(2 * MINUTE)
    expect([...world.host('a').files.keys()]).toEqual(['/etc/y.conf'])
    expect(states(world)).toEqual({ 'y@a': 'healthy.inSync' })
  })

  it('waits for a confirmation when too much would go at once', async () => {
    const world = await worldWith({ v: {}, w: {}, x: {}, y: {} })
    await world.clock.advance(5 * MINUTE)
    for (const name of ['v', 'w', 'x']) world.components.delete(name)
    world.commit()
    await world.clock.advance(10 * MINUTE)
    expect(world.host('a').files.size).toBe(4)
    for (const name of ['v', 'w', 'x']) world.controller.confirmRemoval({ component: name })
    await world.clock.advance(10 * MINUTE)
    expect([...world.host('a').files.keys()]).toEqual(['/etc/y.conf'])
  })
})

describe('a lost store', () => {
  it('is rebuilt from the hosts: nothing is deployed again, what was proven and rejected is known', async () => {
    const world = await worldWith({ x: {}, y: {} })
    await world.clock.advance(2 * MINUTE)
    write(world, 'x', 'v2 BAD:start')
    await world.clock.advance(2 * MINUTE)
    const effects = world.host('a').ledger.length
    world.loseStore()
    await world.start()
    await world.clock.advance(10 * MINUTE)
    expect(states(world)).toEqual({ 'x@a': 'rolledBack.holding', 'y@a': 'healthy.inSync' })
    expect(world.host('a').ledger.length).toBe(effects)
  })
})
