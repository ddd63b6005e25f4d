// Whatever was asked for before, and however soon after one another: what is asked for last is there as it would be on fresh hosts (D2).
import { expect, it } from 'vitest'
import { splitKey } from '../../src/model/key.ts'
import { hostsOf } from './support/plans.ts'
import { seededRandom } from './support/sim-clock.ts'
import type { SimComponent } from './support/sim-type.ts'
import type { SimWorld } from './support/sim-world.ts'
import { states, worldWith } from './support/stories.ts'

const MINUTE = 60_000
const PATHS = 60
const NAMES = ['x', 'y', 'z']
const GOOD = ['v1', 'v2', 'v3']
const BAD = ['v4 BAD:start', 'v5 BAD:validate', 'v6 BAD:probe', 'v7 BAD:dies', 'v8 BAD:render']

type Written = Record<string, SimComponent>

/** A desired state of up to three components on up to three hosts. */
function drawWritten(random: () => number, contents: readonly string[]): Written {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  const written: Written = {}
  for (const name of NAMES) {
    if (random() < 0.2) continue
    const hosts = ['a', 'b', 'c'].filter(() => random() < 0.5)
    const dependsOn = Object.keys(written).filter((other) => written[other]?.enabled === true && random() < 0.3)
    const on = hosts.length > 0 ? hosts : ['a']
    written[name] = { hosts: on, content: pick(contents), enabled: random() < 0.8, dependsOn }
  }
  return written
}

function commit(world: SimWorld, written: Written): void {
  world.components.clear()
  for (const [name, it] of Object.entries(written)) world.components.set(name, it)
  world.commit()
}

/** What is on the hosts; but that something was rejected is remembered, also where nothing of it is left. */
function left(world: SimWorld): string[] {
  return hostsOf(world).map((text) => text.replace(/\n {2}[xyz] undefined (?=\n|$)/g, ''))
}

/** Everything that is to go may go. */
async function settle(world: SimWorld): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    for (const key of world.controller.statuses.keys()) {
      const { component } = splitKey(key)
      if (!world.components.has(component)) world.controller.confirmRemoval({ component })
    }
    await world.clock.advance(10 * MINUTE)
  }
}

it.each(Array.from({ length: PATHS }, (_, at) => at + 1))('path %i leads to what a straight one does', async (seed) => {
  const random = seededRandom(seed)
  const last = drawWritten(random, GOOD)
  const straight = await worldWith(last)
  await settle(straight)

  const world = await worldWith(drawWritten(random, [...GOOD, ...BAD]))
  for (let turns = 2 + Math.floor(random() * 6); turns > 0; turns -= 1) {
    await world.clock.advance(random() * 90_000)
    commit(world, drawWritten(random, [...GOOD, ...BAD]))
  }
  await world.clock.advance(random() * 90_000)
  commit(world, last)
  await settle(world)
  expect(states(world)).toEqual(states(straight))
  expect(left(world)).toEqual(left(straight))
  expect(world.problems).toEqual([])
})
