// What stories begin with and end on.
import { stateName } from '../../../machines/advance.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { Condition, ConditionType } from '../../../src/model/status.ts'
import type { SimComponent } from './sim-type.ts'
import { SimWorld } from './sim-world.ts'

/** Hosts a, b and c with these components, `v1` on a where nothing else is said, just started. */
export async function worldWith(components: Record<string, Partial<SimComponent>>): Promise<SimWorld> {
  const world = new SimWorld(1, ['a', 'b', 'c'])
  const usual = { hosts: ['a'], content: 'v1', enabled: true, dependsOn: [] }
  for (const [name, it] of Object.entries(components)) world.components.set(name, { ...usual, ...it })
  await world.start()
  return world
}

/** The same after five quiet minutes. */
export async function settledWorld(components: Record<string, Partial<SimComponent>>): Promise<SimWorld> {
  const world = await worldWith(components)
  await world.clock.advance(5 * 60_000)
  return world
}

export function states(world: SimWorld): Record<string, string> {
  const { statuses } = world.controller
  return Object.fromEntries(statuses.keys().map((key) => [key, stateName(statuses.get(key).lifecycle)]))
}

/** Looks again and again until it is so. Throws where it is not within five minutes. */
export async function waitUntil(world: SimWorld, isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += LOOK_MS) {
    if (waitedMs > 5 * 60_000) throw new Error('five minutes later it is still not so')
    await world.clock.advance(LOOK_MS)
  }
}

const LOOK_MS = 5

/** Commits another content of a component. */
export function write(world: SimWorld, name: string, content: string): void {
  rewrite(world, name, { content })
}

/** Commits a change of a component as it is written. */
export function rewrite(world: SimWorld, name: string, change: Partial<SimComponent>): void {
  const component = world.components.get(name)
  if (component === undefined) throw new Error(`there is no component ${name}`)
  world.components.set(name, { ...component, ...change })
  world.commit()
}

/** The condition as it stands; undefined where there is none of this type. */
export function condition(world: SimWorld, key: ComponentKey, type: ConditionType): Condition | undefined {
  return world.controller.statuses.get(key).conditions.find((one) => one.type === type)
}

/** Reasons of a component's events, oldest first. */
export async function reasons(world: SimWorld, key: ComponentKey): Promise<string[]> {
  return (await world.store.events({ key, limit: 1_000 })).map(({ reason }) => reason)
}

/** From now on somebody does this to the world again and again. Returns how that ends. */
export function keep(world: SimWorld, everyMs: number, act: () => void): () => void {
  let isOver = false
  const again = () => {
    if (isOver) return
    act()
    world.clock.setTimer(everyMs, again)
  }
  again()
  return () => {
    isOver = true
  }
}
