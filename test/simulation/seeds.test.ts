// Seeded chaos: every seed draws its own hosts, components, faults and hands, then the faults stop and everything must come to
// rest. A red seed replays exactly: HOMEOSTAT_SEED=K HOMEOSTAT_SEEDS=1.
import { describe, it } from 'vitest'
import { type FaultRates, noFaults } from './support/faults.ts'
import { checkConverged, checkSafety } from './support/invariants.ts'
import { SimWorld } from './support/sim-world.ts'

const FIRST = Number(process.env.HOMEOSTAT_SEED ?? 1)
const COUNT = Number(process.env.HOMEOSTAT_SEEDS ?? 60)
const MINUTE = 60_000

function pick<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)]
}

const CONTENTS = ['v1', 'v2', 'v3', 'v4 BAD:start', 'v5 BAD:validate', 'v6 BAD:probe', 'v7 BAD:dies'] as const

function populate(world: SimWorld): void {
  const hosts = [...world.hosts.keys()]
  const count = 1 + Math.floor(world.random() * 6)
  for (let i = 0; i < count; i += 1) {
    const on = hosts.filter(() => world.random() < 0.6)
    const before = [...world.components.keys()].filter(() => world.random() < 0.3)
    const content = pick(CONTENTS, world.random) ?? 'v1'
    world.components.set(`c${i}`, {
      hosts: on.length > 0 ? on : hosts.slice(0, 1),
      content,
      enabled: true,
      dependsOn: before,
    })
  }
}

const HANDS: ((world: SimWorld) => void | Promise<void>)[] = [
  (world) => {
    const name = pick([...world.components.keys()], world.random)
    const it = name === undefined ? undefined : world.components.get(name)
    if (name !== undefined && it !== undefined)
      world.components.set(name, { ...it, content: pick(CONTENTS, world.random) ?? 'v1' })
    world.commit()
  },
  (world) => {
    const name = pick([...world.components.keys()], world.random)
    const it = name === undefined ? undefined : world.components.get(name)
    if (name !== undefined && it !== undefined) world.components.set(name, { ...it, enabled: !it.enabled })
    world.commit()
  },
  (world) => {
    const host = pick([...world.hosts.values()], world.random)
    const path = pick([...(host?.files.keys() ?? [])], world.random)
    if (host !== undefined && path !== undefined) host.edit(path, { content: 'by hand' })
  },
  (world) => pick([...world.hosts.values()], world.random)?.reboot(),
  (world) => {
    const name = pick([...world.hosts.keys()], world.random)
    if (name === undefined) return
    if (world.unreachable.has(name)) world.unreachable.delete(name)
    else world.unreachable.add(name)
  },
  async (world) => {
    world.kill()
    await world.clock.advance(world.random() * 20_000)
    await world.start()
  },
]

/** Every seed has its own mixture; most kinds of fault are absent from most seeds. */
function drawRates(random: () => number): FaultRates {
  const rate = (share: number, most: number) => (random() < share ? random() * most : 0)
  return {
    dropBefore: rate(0.5, 0.2),
    dropAfter: rate(0.5, 0.4),
    late: rate(0.3, 0.3),
    slowLook: rate(0.4, 0.5),
    storeError: rate(0.3, 0.1),
    storeLost: rate(0.2, 0.05),
  }
}

async function runSeed(seed: number): Promise<void> {
  const world = new SimWorld(seed, ['a', 'b', 'c', 'd'].slice(0, 1 + (seed % 4)))
  populate(world)
  world.rates = drawRates(world.random)
  const check = () => checkSafety(world)
  await world.start()
  const steps = 5 + Math.floor(world.random() * 15)
  for (let step = 0; step < steps; step += 1) {
    await world.clock.advance(world.random() * 2 * MINUTE, check)
    await pick(HANDS, world.random)?.(world)
  }
  world.rates = noFaults
  world.unreachable.clear()
  world.resyncMs = 5 * MINUTE
  await world.start()
  await world.clock.advance(90 * MINUTE, check)
  if (world.problems.length > 0) throw new Error(world.problems.join('\n'))
  checkConverged(world)
  const effects = [...world.hosts.values()].map((host) => host.ledger.length)
  const writes = world.storeWrites
  await world.clock.advance(60 * MINUTE, check)
  const after = [...world.hosts.values()].map((host) => host.ledger.length)
  if (effects.join() !== after.join()) throw new Error(`S21: effects after rest: ${effects} → ${after}`)
  if (writes !== world.storeWrites) throw new Error(`S21: ${world.storeWrites - writes} store writes after rest`)
}

describe(`seeds ${FIRST} to ${FIRST + COUNT - 1}`, () => {
  it('keeps every invariant and comes to rest', async () => {
    for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) {
      try {
        await runSeed(seed)
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
      }
    }
  })
})
