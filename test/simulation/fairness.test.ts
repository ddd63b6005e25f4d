// One host in trouble is no trouble of the others (L4), and drift is put right by the second look that shows it (L5).
import { describe, expect, it } from 'vitest'
import type { SimWorld } from './support/sim-world.ts'
import { settledWorld, write } from './support/stories.ts'

const MINUTE = 60_000
/** Between two looks at a quiet host. */
const INTERVAL_MS = 60_000

/** What is done on hosts a and b, where one file is edited and another component gets a new revision. */
async function doneBeside(trouble: (world: SimWorld) => void) {
  const world = await settledWorld({ x: {}, y: { hosts: ['b'] }, z: { hosts: ['c'] } })
  trouble(world)
  await world.clock.advance(2 * MINUTE)
  const beganAtMs = world.clock.nowMs()
  world.host('a').edit('/etc/x.conf', { content: 'by hand' })
  write(world, 'y', 'v2')
  await world.clock.advance(10 * MINUTE)
  const ledger = ['a', 'b'].flatMap((name) => world.host(name).ledger.slice(1))
  return ledger.map(({ atMs, operation, outcome }) => ({
    did: [operation.host, operation.kind, operation.cause, outcome].join(' '),
    afterMs: atMs - beganAtMs,
  }))
}

describe('one host that', () => {
  it.each<[string, (world: SimWorld) => void]>([
    ['does not answer', (world) => void world.unreachable.add('c')],
    [
      'is restarted again and again',
      (world) =>
        void world.clock.setTimer(1_000, function again() {
          world.host('c').reboot()
          world.clock.setTimer(5_000, again)
        }),
    ],
    ['has a component that fails for ever', (world) => write(world, 'z', 'v2 BAD:start')],
    ['has a record that cannot be read', (world) => void world.host('c').damaged.add('z')],
  ])('%s holds up no other', async (_, trouble) => {
    const alone = await doneBeside(() => undefined)
    const beside = await doneBeside(trouble)
    expect(alone.map(({ did }) => did)).toEqual(['a apply drift succeeded', 'b apply spec succeeded'])
    expect(beside.map(({ did }) => did)).toEqual(alone.map(({ did }) => did))
    for (const [at, { afterMs }] of beside.entries())
      expect(afterMs - (alone[at]?.afterMs ?? 0)).toBeLessThanOrEqual(INTERVAL_MS)
  })
})

it.each([
  ['an edited file', (world: SimWorld) => world.host('a').edit('/etc/x.conf', { content: 'by hand' })],
  ['a deleted file', (world: SimWorld) => world.host('a').files.delete('/etc/x.conf')],
  ['a stopped unit', (world: SimWorld) => world.host('a').stop('x.service')],
])('%s is put right by the second look that shows it', async (_, damage) => {
  const world = await settledWorld({ x: {} })
  let looks = 0
  damage(world)
  world.onMoment = (moment) => {
    if (moment === 'observe after') looks += 1
    return moment === 'operate before' && looks > 2 ? 'fail' : 'go'
  }
  await world.clock.advance(5 * MINUTE)
  expect(world.host('a').ledger.map(({ operation, outcome }) => [operation.cause, outcome])).toEqual([
    ['spec', 'succeeded'],
    ['drift', 'succeeded'],
  ])
})
