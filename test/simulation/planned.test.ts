// A controller that carries out a plan does what was planned, and nothing that differs from it.
import { expect, it } from 'vitest'
import { componentKey } from '../../src/model/key.ts'
import { diffTarget } from '../../src/plan/diff.ts'
import { digestOfDiff } from '../../src/plan/receipt.ts'
import type { SimWorld } from './support/sim-world.ts'
import { condition, settledWorld, states, write } from './support/stories.ts'

const MINUTE = 60_000

/** `x` on a and b runs `v1`; a plan for this content is made, and carried out after `between`. */
async function carriedOut(content: string, between: (world: SimWorld) => void): Promise<SimWorld> {
  const world = await settledWorld({ x: { hosts: ['a', 'b'] }, y: {} })
  world.kill()
  write(world, 'x', content)
  const scout = await settledWorld({ x: { hosts: ['a', 'b'], content: 'v1' } })
  write(scout, 'x', content)
  await scout.clock.advance(1)
  const receipt = new Map(
    ['a', 'b'].map((name) => {
      const wish = scout.controller.desire.wishes.get(componentKey('x', name))
      const target = wish?.kind === 'deploy' ? wish.target : undefined
      const wanted = { paths: ['/etc/x.conf'], units: ['x.service'], packages: ['x'], users: [], operationIds: [] }
      const { owned = [] } = world.host(name).records.get('x') ?? {}
      const seen = world.host(name).observe(wanted, world.clock.nowMs())
      return [componentKey('x', name), digestOfDiff(diffTarget(target, seen, owned))] as const
    }),
  )
  between(world)
  world.receipt = receipt
  await world.start()
  await world.clock.advance(10 * MINUTE)
  return world
}

const content = (world: SimWorld) => ['a', 'b'].map((name) => world.host(name).files.get('/etc/x.conf')?.content)

it('is carried out through all hosts', async () => {
  const world = await carriedOut('v2', () => undefined)
  expect(content(world)).toEqual(['v2', 'v2'])
  expect(states(world)).toEqual({ 'x@a': 'healthy.inSync', 'x@b': 'healthy.inSync', 'y@a': 'healthy.inSync' })
})

it('what fails is taken back', async () => {
  const world = await carriedOut('v2 BAD:probe', () => undefined)
  expect([content(world), states(world)['x@a']]).toEqual([['v1', 'v1'], 'rolledBack.holding'])
})

it('what differs by now is left, and so is what was not planned at all', async () => {
  const world = await carriedOut('v2', (of) => {
    of.host('b').edit('/etc/x.conf', { mode: 0o600 })
    of.host('a').edit('/etc/y.conf', { content: 'by hand' })
  })
  expect(content(world)).toEqual(['v2', 'v1'])
  expect(condition(world, 'x@b', 'Blocked')).toMatchObject({ status: 'True', reason: 'NotPlanned' })
  expect(world.host('a').files.get('/etc/y.conf')?.content).toBe('by hand')
})
