// The hosts and components that a seed begins with.
import type { Rollout } from '../../../src/model/policy.ts'
import type { Window } from '../../../src/model/window.ts'
import { coverage, type Fault } from './coverage.ts'
import { SimWorld } from './sim-world.ts'

const CONTENTS: Record<string, Fault | undefined> = {
  v1: undefined,
  v2: undefined,
  v3: undefined,
  'v4 BAD:start': 'does not start',
  'v5 BAD:validate': 'refused by its validator',
  'v6 BAD:probe': 'never healthy',
  'v7 BAD:dies': 'dies soon',
  'v8 BAD:render': 'cannot be rendered',
  'v9 BAD:cutoff': 'sshd broken by a deploy',
  'v10 BAD:firewall': 'firewall closed by a deploy',
  'v11 LASTING': 'irreversible change',
  'v12 GUARD': 'what lets people in',
  'v13 ASKS': 'asks another component',
}

const NAMES = 'abcdefghijklmnopqrst'

export const WINDOWS: Window[] = [
  { name: 'hourly', cron: '0 * * * *', durationMs: 30 * 60_000, timeZone: 'UTC', corrections: 'always' },
  { name: 'often', cron: '*/20 * * * *', durationMs: 5 * 60_000, timeZone: 'UTC', corrections: 'inside' },
]

export function pick<T>(items: Iterable<T>, random: () => number): T | undefined {
  const all = [...items]
  return all[Math.floor(random() * all.length)]
}

/** One to twenty hosts with up to forty components; most worlds are small, since many small ones find more than a few large. */
export function createPopulated(seed: number): SimWorld {
  const hosts = seed % 50 === 49 ? 20 : seed % 10 === 9 ? 5 + (seed % 4) : 1 + (seed % 4)
  const world = new SimWorld(seed, [...NAMES.slice(0, hosts)])
  world.files.isWritten = world.random() < 0.2
  // What cannot be undone has no way back, and then nobody finds out that it cuts the host off.
  const impossible = seed % 10 < 3 ? ['BAD:cutoff', 'BAD:firewall', 'GUARD'] : ['LASTING']
  world.isPossible = (content) => !impossible.some((it) => content.includes(it))
  if (world.random() < 0.3) for (const name of ['app/one', 'app/two']) world.secrets.set(name, `s3cret-${name}-0`)
  const most = seed % 50 === 49 ? 40 : 6
  const count = 1 + Math.floor(world.random() * most)
  for (let i = 0; i < count; i += 1) addComponent(world, `c${i}`)
  return world
}

/** Something to be deployed, good or bad in one of many ways. */
export function contentOf(world: SimWorld): string {
  const content = pick(Object.keys(CONTENTS).filter(world.isPossible), world.random) ?? 'v1'
  const fault = CONTENTS[content]
  if (fault !== undefined) coverage.hit(fault)
  const secret = pick(world.secrets.names, world.random)
  // What needs a secret that is gone cannot be brought back by its host.
  const isPlain = secret === undefined || content.includes('GUARD')
  return isPlain || world.random() < 0.5 ? content : `${content} \${secret:${secret}}`
}

export function addComponent(world: SimWorld, name: string): void {
  const hosts = [...world.hosts.keys()]
  // Of many hosts a component has a few.
  const share = Math.min(0.6, 2.5 / hosts.length)
  const on = hosts.filter(() => world.random() < share)
  const needs = Math.min(0.3, 2 / (world.components.size + 1))
  const dependsOn = [...world.components.keys()].filter((other) => other < name && world.random() < needs)
  const content = contentOf(world)
  const chosen = on.length > 0 ? on : hosts.slice(0, 1)
  const window = world.random() < 0.1 ? pick(WINDOWS, world.random) : undefined
  if (window !== undefined) coverage.hit('window')
  const policy = { rollout: rolloutOf(name, chosen), ...(window === undefined ? {} : { window }) }
  world.components.set(name, { hosts: chosen, content, enabled: true, dependsOn, policy })
}

/** By name, since it is not to change in the middle of a rollout. */
function rolloutOf(name: string, hosts: string[]): Rollout {
  const number = Number(name.slice(1))
  const [canary] = number % 2 === 0 ? [] : hosts.slice(-1)
  return { maxParallel: number % 3 === 0 ? 2 : 1, ...(canary === undefined ? {} : { canary }) }
}
