// One seed, from its first draw to rest.
import { stateName, topState } from '../../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../../../src/model/key.ts'
import { canonicalJson, sha256 } from '../../../src/plan/canonical.ts'
import { coverage } from './coverage.ts'
import { type FaultRates, noFaults } from './faults.ts'
import { doSomething, FOREIGN } from './hands.ts'
import { checkAudited, checkConverged, checkSafety, isLacking } from './invariants.ts'
import { createPopulated } from './populate.ts'
import type { SimWorld } from './sim-world.ts'

const MINUTE = 60_000

/** Throws at the first violation, naming the seed. Returns the digest of everything that happened. */
export async function runSeed(seed: number): Promise<string> {
  try {
    const world = createWorld(seed)
    const beganAtMs = world.clock.nowMs()
    await chaos(world)
    await rest(world)
    coverage.tally.seeds += 1
    coverage.tally.simulatedMs += world.clock.nowMs() - beganAtMs
    return await traceOf(world)
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
  }
}

function createWorld(seed: number): SimWorld {
  const world = createPopulated(seed)
  for (const host of world.hosts.values()) host.write(FOREIGN, 'not ours')
  world.rates = drawRates(world.random)
  world.toldShare = [0, 0.5, 1][seed % 3] ?? 0
  return world
}

/** Every seed has its own mixture; most kinds of fault are absent from most seeds. */
function drawRates(random: () => number): FaultRates {
  const rate = (share: number, most: number) => (random() < share ? random() * most : 0)
  return {
    dropBefore: rate(0.5, 0.2),
    dropAfter: rate(0.5, 0.4),
    late: rate(0.3, 0.3),
    slowLook: rate(0.4, 0.5),
    dropFresh: rate(0.3, 0.5),
    garbled: rate(0.2, 0.1),
    storeError: rate(0.3, 0.1),
    storeLost: rate(0.2, 0.05),
    crash: rate(0.3, 0.02),
  }
}

async function chaos(world: SimWorld): Promise<void> {
  void world.start()
  const steps = 5 + Math.floor(world.random() * 15)
  for (let step = 0; step < steps; step += 1) {
    await world.clock.advance(world.random() * 2 * MINUTE, () => checkSafety(world))
    await doSomething(world)
  }
}

/** The faults stop: everything must converge, and then nothing may happen any more. */
async function rest(world: SimWorld): Promise<void> {
  const check = () => checkSafety(world)
  becalm(world)
  await world.start()
  // What was given up, or left to somebody else, is ours again.
  const going = world.controller.statuses.keys().map((key) => splitKey(key).component)
  for (const name of new Set([...world.components.keys(), ...going])) world.ask(name)
  await comeToRest(world, check)
  if (world.problems.length > 0) throw new Error(world.problems.join('\n'))
  checkConverged(world)
  await checkAudited(world)
  const before = effectsOf(world)
  await world.clock.advance(60 * MINUTE, check)
  const after = effectsOf(world)
  // What was proven and lacks another component is tried again with backoff, which is written down.
  const isSame = isTriedAgain(world) ? after.split(', ')[0] === before.split(', ')[0] : after === before
  if (!isSame) throw new Error(`S21: effects or writes after rest: ${before} → ${after}`)
}

function isTriedAgain({ controller: { statuses } }: SimWorld): boolean {
  return statuses
    .keys()
    .some((key) => /^(failed.retrying|verifying|deploying.applying)/.test(stateName(statuses.get(key).lifecycle)))
}

/** What a lost store has forgotten is found only after a look at the hosts: twice the same is at rest. */
async function comeToRest(world: SimWorld, check: () => void): Promise<void> {
  let quietRounds = 0
  for (let round = 0; round < 9 && quietRounds < 2; round += 1) {
    confirmAll(world)
    await relentAll(world)
    const before = effectsOf(world)
    await world.clock.advance(10 * MINUTE, check)
    quietRounds = effectsOf(world) === before && isConverged(world) ? quietRounds + 1 : 0
  }
}

function becalm(world: SimWorld): void {
  world.rates = noFaults
  world.isAtRest = true
  world.restsSinceMs = world.clock.nowMs()
  world.unreachable.clear()
  world.broken = []
  world.files.spoilt.clear()
  world.files.hasVanished = false
  world.secrets.mend()
  for (const host of world.hosts.values()) {
    host.damaged.clear()
    host.openAtConsole()
  }
  for (const [name, it] of world.components) {
    const { suspend: _, window: __, ...policy } = it.policy ?? {}
    world.components.set(name, { ...it, policy })
  }
  world.resyncMs = 5 * MINUTE
}

function isConverged(world: SimWorld): boolean {
  try {
    checkConverged(world)
    return true
  } catch {
    return false
  }
}

function confirmAll(world: SimWorld): void {
  for (const key of world.controller.statuses.keys()) {
    const { component } = splitKey(key)
    if (!world.components.has(component)) world.controller.confirmRemoval({ component })
  }
}

/** What somebody had taken back although it is good is wanted again, also where only the host remembers that. */
async function relentAll(world: SimWorld): Promise<void> {
  const { statuses, desire } = world.controller
  // What waits for another component has its chance by itself.
  const isWaiting = (key: ComponentKey) => {
    const wish = desire.wishes.get(key)
    return wish?.kind === 'deploy' && isLacking(world, wish, stateName(statuses.get(key).lifecycle))
  }
  const held = statuses
    .keys()
    .filter((key) => topState(statuses.get(key).lifecycle) === 'rolledBack' && !isWaiting(key))
  const isGood = (name: string) => world.components.get(name)?.content.includes('BAD') === false
  for (const name of new Set(held.map((key) => splitKey(key).component))) if (isGood(name)) await world.askAgain(name)
}

function effectsOf(world: SimWorld): string {
  return `${[...world.hosts.values()].map((host) => host.ledger.length)} effects, ${world.storeWrites} writes`
}

async function traceOf(world: SimWorld): Promise<string> {
  const ledgers = [...world.hosts.values()].map(({ ledger }) => ledger)
  const events = await world.store.events({ limit: 100_000 })
  coverage.tally.events += events.length
  return sha256(canonicalJson([ledgers, await world.store.list(), events]))
}
