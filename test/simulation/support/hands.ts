// What people, power and bad luck do to the world of a seed, one thing at a time.
import type { Rollout } from '../../../src/model/policy.ts'
import type { SimHost } from './sim-host.ts'
import type { SimComponent } from './sim-type.ts'
import type { SimWorld } from './sim-world.ts'

type Hand = (world: SimWorld) => void | Promise<void>

export function pick<T>(items: Iterable<T>, random: () => number): T | undefined {
  const all = [...items]
  return all[Math.floor(random() * all.length)]
}

const CONTENTS = [
  'v1',
  'v2',
  'v3',
  'v4 BAD:start',
  'v5 BAD:validate',
  'v6 BAD:probe',
  'v7 BAD:dies',
  'v8 BAD:render',
] as const

/** Up to seven components on some of the hosts, some of them waiting for others. */
export function populate(world: SimWorld): void {
  const count = 1 + Math.floor(world.random() * 6)
  for (let i = 0; i < count; i += 1) addComponent(world, `c${i}`)
}

function addComponent(world: SimWorld, name: string): void {
  const hosts = [...world.hosts.keys()]
  const on = hosts.filter(() => world.random() < 0.6)
  const dependsOn = [...world.components.keys()].filter((other) => other < name && world.random() < 0.3)
  const content = pick(CONTENTS, world.random) ?? 'v1'
  const chosen = on.length > 0 ? on : hosts.slice(0, 1)
  const policy = { rollout: rolloutOf(name, chosen) }
  world.components.set(name, { hosts: chosen, content, enabled: true, dependsOn, policy })
}

/** By name, since it is not to change in the middle of a rollout. */
function rolloutOf(name: string, hosts: string[]): Rollout {
  const number = Number(name.slice(1))
  const [canary] = number % 2 === 0 ? [] : hosts.slice(-1)
  return { maxParallel: number % 3 === 0 ? 2 : 1, ...(canary === undefined ? {} : { canary }) }
}

/** Changes one component as it is written, and commits that. */
function rewrite(world: SimWorld, change: (it: SimComponent) => Partial<SimComponent>): void {
  const name = pick(world.components.keys(), world.random)
  const it = name === undefined ? undefined : world.components.get(name)
  if (name !== undefined && it !== undefined) world.components.set(name, { ...it, ...change(it) })
  world.commit()
}

function onSomeHost(world: SimWorld, act: (host: SimHost) => void): void {
  const host = pick(world.hosts.values(), world.random)
  if (host !== undefined) act(host)
}

const HOUR = 3_600_000

/** Somebody, or another program, has its own idea of a file, and sees to it for a quarter of an hour. */
function intrude(world: SimWorld): void {
  onSomeHost(world, (host) => {
    const path = pick(host.files.keys(), world.random)
    if (path === undefined || path === FOREIGN) return
    const everyMs = 1_000 + world.random() * 120_000
    const untilMs = world.clock.nowMs() + HOUR / 4
    const again = () => {
      if (world.clock.nowMs() > untilMs || world.isAtRest) return
      host.edit(path, { content: 'by another program' })
      world.clock.setTimer(everyMs, again)
    }
    again()
  })
}

/** Two good changes, one after the other, and then the first one again: a rollback that is asked for has somewhere to go. */
async function regret(world: SimWorld): Promise<void> {
  const name = pick(world.components.keys(), world.random)
  for (const content of ['v1', 'v2']) {
    const it = name === undefined ? undefined : world.components.get(name)
    if (name === undefined || it === undefined) return
    world.components.set(name, { ...it, content, enabled: true })
    world.commit()
    await world.clock.advance(30_000 + world.random() * 60_000)
  }
  if (name !== undefined) await world.askBack(name)
}

async function relent(world: SimWorld): Promise<void> {
  const name = pick(world.components.keys(), world.random)
  if (name !== undefined) await world.askAgain(name)
}

const HANDS: Hand[] = [
  (world) => rewrite(world, () => ({ content: pick(CONTENTS, world.random) ?? 'v1' })),
  (world) => rewrite(world, () => ({ content: pick(CONTENTS, world.random) ?? 'v1' })),
  (world) => rewrite(world, ({ enabled }) => ({ enabled: !enabled })),
  (world) => {
    const name = pick(world.components.keys(), world.random)
    const isNeeded = [...world.components.values()].some((it) => name !== undefined && it.dependsOn.includes(name))
    if (name !== undefined && !isNeeded) world.components.delete(name)
    world.commit()
  },
  (world) => {
    addComponent(world, `c${Math.floor(world.random() * 7)}`)
    world.commit()
  },
  (world) => {
    world.broken = world.broken.length > 0 ? [] : ['other.yaml']
    world.commit()
  },
  (world) =>
    onSomeHost(world, (host) => {
      const path = pick(host.files.keys(), world.random)
      if (path !== undefined && path !== FOREIGN) host.edit(path, { content: 'by hand' })
    }),
  (world) =>
    onSomeHost(world, (host) => {
      const name = pick(host.units.keys(), world.random)
      if (name !== undefined) host.stop(name)
    }),
  (world) => onSomeHost(world, (host) => host.reboot()),
  (world) =>
    onSomeHost(world, ({ name }) => {
      if (world.unreachable.has(name)) world.unreachable.delete(name)
      else world.unreachable.add(name)
    }),
  (world) => world.clock.setWall((world.random() - 0.5) * 2 * HOUR),
  (world) => intrude(world),
  (world) => regret(world),
  (world) => relent(world),
  async (world) => {
    world.kill()
    await world.clock.advance(world.random() * 20_000)
    await world.start()
  },
  async (world) => {
    world.loseStore()
    await world.clock.advance(world.random() * 20_000)
    await world.start()
  },
]

/** A file on every host that is nobody's business. */
export const FOREIGN = '/etc/foreign.conf'

export async function doSomething(world: SimWorld): Promise<void> {
  await pick(HANDS, world.random)?.(world)
}
