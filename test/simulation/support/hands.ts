// What people, power and bad luck do to the world of a seed, one thing at a time.
import { coverage, type Fault } from './coverage.ts'
import { addComponent, contentOf, pick, WINDOWS } from './populate.ts'
import type { SimHost } from './sim-host.ts'
import type { SimComponent } from './sim-type.ts'
import type { SimWorld } from './sim-world.ts'

type Hand = (world: SimWorld) => void | Promise<void>

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A file on every host that is nobody's business. */
export const FOREIGN = '/etc/foreign.conf'

/** Changes one component as it is written, and commits that. */
function rewrite(world: SimWorld, fault: Fault, change: (it: SimComponent) => Partial<SimComponent>): void {
  const name = pick(world.components.keys(), world.random)
  const it = name === undefined ? undefined : world.components.get(name)
  if (name === undefined || it === undefined) return
  coverage.hit(fault)
  world.components.set(name, { ...it, ...change(it) })
  world.commit()
}

function onSomeHost(world: SimWorld, act: (host: SimHost) => void): void {
  const host = pick(world.hosts.values(), world.random)
  if (host !== undefined) act(host)
}

/** One of the files on some host, but none that is nobody's business. */
function onSomeFile(world: SimWorld, fault: Fault, act: (host: SimHost, path: string) => void): void {
  onSomeHost(world, (host) => {
    const path = pick(host.files.keys(), world.random)
    if (path === undefined || path === FOREIGN) return
    coverage.hit(fault)
    act(host, path)
  })
}

function onSomeUnit(world: SimWorld, fault: Fault, act: (host: SimHost, name: string) => void): void {
  onSomeHost(world, (host) => {
    const name = pick(host.units.keys(), world.random)
    if (name === undefined) return
    coverage.hit(fault)
    act(host, name)
  })
}

/** Somebody, or another program, has its own idea of a file, and sees to it for a quarter of an hour. */
function intrude(world: SimWorld): void {
  onSomeFile(world, 'another program at work', (host, path) => {
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
  coverage.hit('rollback asked')
  if (name !== undefined) void world.askBack(name)
}

/** Puts something wrong with what is written, and right again after a while, unless everything is put right before. */
function forAWhile(world: SimWorld, begin: () => void, end: () => void): void {
  begin()
  world.commit()
  world.clock.setTimer(world.random() * 5 * MINUTE, () => {
    end()
    world.commit()
  })
}

function spoilFile(world: SimWorld, how: number | 'unreadable'): void {
  const name = pick(world.components.keys(), world.random)
  if (!world.files.isWritten || name === undefined) return
  const path = `${name}.yaml`
  forAWhile(
    world,
    () => world.files.spoilt.set(path, how),
    () => world.files.spoilt.delete(path),
  )
}

function withSecret(world: SimWorld, fault: Fault, act: (name: string) => void): void {
  const name = pick(world.secrets.names, world.random)
  if (name === undefined) return
  coverage.hit(fault)
  act(name)
}

/** Most hosts cease to answer together, and come back together. */
function blackOut(world: SimWorld): void {
  const names = [...world.hosts.keys()].slice(0, Math.floor(world.hosts.size / 2) + 1)
  coverage.hit('most hosts silent')
  for (const name of names) world.unreachable.add(name)
  world.clock.setTimer(world.random() * 6 * MINUTE, () => {
    for (const name of names) world.unreachable.delete(name)
  })
}

/** Waits for a while until some host is in the middle of an operation, and restarts that. */
async function restartBusy(world: SimWorld): Promise<void> {
  const isBusy = (host: SimHost) => host.isBusy
  for (let seconds = 0; seconds < 60 && ![...world.hosts.values()].some(isBusy); seconds += 1)
    await world.clock.advance(1_000)
  const host = [...world.hosts.values()].find(isBusy)
  if (host === undefined) return
  coverage.hit('host restarted in the middle of an operation')
  host.reboot()
}

async function startLater(world: SimWorld): Promise<void> {
  await world.clock.advance(world.random() * 20_000)
  // Not awaited: it may be killed before it gets there.
  void world.start()
}

/** By what they are about; what of them can be done depends on the world. */
const CHANGES: Hand[] = [
  (world) => rewrite(world, 'changed again', () => ({ content: contentOf(world) })),
  (world) => rewrite(world, 'changed again', () => ({ content: contentOf(world) })),
  (world) => rewrite(world, 'disabled or enabled', ({ enabled }) => ({ enabled: !enabled })),
  (world) => {
    const name = pick(world.components.keys(), world.random)
    const isNeeded = [...world.components.values()].some((it) => name !== undefined && it.dependsOn.includes(name))
    if (name === undefined || isNeeded) return
    coverage.hit('removed')
    world.components.delete(name)
    world.commit()
  },
  (world) => {
    coverage.hit('added')
    addComponent(world, `c${Math.floor(world.random() * (world.components.size + 1))}`)
    world.commit()
  },
  (world) => {
    const to = pick(world.hosts.keys(), world.random) ?? 'a'
    const policy = { rollout: { maxParallel: 1 } }
    rewrite(world, 'moved', (it) => ({ hosts: [to], policy: { ...it.policy, ...policy } }))
  },
  async (world) => {
    const name = pick(world.components.keys(), world.random)
    const before = name === undefined ? undefined : world.components.get(name)
    if (name === undefined || before === undefined) return
    coverage.hit('change taken back at once')
    world.components.set(name, { ...before, content: contentOf(world) })
    world.commit()
    await world.clock.advance(world.random() * 10_000)
    world.components.set(name, before)
    world.commit()
  },
  (world) =>
    rewrite(world, 'suspended', (it) => {
      const { suspend, ...policy } = it.policy ?? {}
      const reason = `maintenance ${Math.floor(world.random() * 100)}`
      const until = new Date(world.clock.wallMs() + world.random() * HOUR).toISOString()
      return { policy: suspend === undefined ? { ...policy, suspend: { reason, until } } : policy }
    }),
  (world) =>
    rewrite(world, 'window', (it) => {
      const { window: _, ...policy } = it.policy ?? {}
      const window = pick([undefined, ...WINDOWS], world.random)
      return { policy: { ...policy, ...(window === undefined ? {} : { window }) } }
    }),
]

const ASKS: Hand[] = [
  regret,
  (world) => {
    const name = pick(world.components.keys(), world.random)
    if (name === undefined) return
    coverage.hit('quarantine lifted')
    void world.askAgain(name)
  },
  (world) => {
    const name = pick(world.components.keys(), world.random)
    if (name === undefined) return
    coverage.hit('retry asked')
    world.ask(name)
  },
]

const SOURCE: Hand[] = [
  (world) => {
    coverage.hit('stray broken file')
    world.broken = world.broken.length > 0 ? [] : ['other.yaml']
    world.commit()
  },
  (world) => spoilFile(world, world.random()),
  (world) => spoilFile(world, 'unreadable'),
  (world) => {
    if (!world.files.isWritten) return
    forAWhile(
      world,
      () => {
        world.files.hasVanished = true
      },
      () => {
        world.files.hasVanished = false
      },
    )
  },
  (world) =>
    withSecret(world, 'secret changed', (name) => {
      world.secrets.set(name, `s3cret-${name}-${Math.floor(world.random() * 1e9)}`)
      world.commit()
    }),
  (world) =>
    withSecret(world, 'secret missing', (name) =>
      forAWhile(
        world,
        () => world.secrets.setMissing(name, true),
        () => world.secrets.setMissing(name, false),
      ),
    ),
  (world) =>
    withSecret(world, 'secrets locked', () =>
      forAWhile(
        world,
        () => world.secrets.setLocked(true),
        () => world.secrets.setLocked(false),
      ),
    ),
]

const HOSTS: Hand[] = [
  (world) => onSomeFile(world, 'file edited', (host, path) => host.edit(path, { content: 'by hand' })),
  (world) => onSomeFile(world, 'mode changed', (host, path) => host.edit(path, { mode: 0o600 })),
  (world) => onSomeFile(world, 'file deleted', (host, path) => host.files.delete(path)),
  (world) => onSomeUnit(world, 'unit stopped', (host, name) => host.stop(name)),
  (world) => onSomeUnit(world, 'process died', (host, name) => host.die(name)),
  (world) =>
    onSomeHost(world, (host) => {
      const name = pick(host.packages, world.random)
      if (name === undefined) return
      coverage.hit('package removed')
      host.packages.delete(name)
    }),
  (world) =>
    onSomeHost(world, (host) => {
      const name = pick(host.records.keys(), world.random)
      if (name === undefined) return
      coverage.hit('record damaged')
      host.damaged.add(name)
    }),
  (world) =>
    onSomeFile(world, 'kept copy spoilt', (host, path) => {
      const content = host.files.get(path)?.content
      if (content !== undefined && world.secrets.names.length === 0) host.kept.spoilt.add(content)
    }),
  (world) =>
    onSomeHost(world, (host) => {
      const isBusy = [...host.operations.values()].some(({ state }) => state === 'running')
      coverage.hit(isBusy ? 'host restarted in the middle of an operation' : 'host restarted')
      host.reboot()
    }),
  (world) =>
    onSomeHost(world, ({ name }) => {
      coverage.hit('host silent')
      if (world.unreachable.has(name)) world.unreachable.delete(name)
      else world.unreachable.add(name)
    }),
  restartBusy,
  blackOut,
  intrude,
]

const CONTROLLER: Hand[] = [
  (world) => {
    coverage.hit('wall clock set')
    world.clock.setWall((world.random() - 0.5) * 2 * HOUR)
  },
  async (world) => {
    coverage.hit('controller killed')
    world.kill()
    await startLater(world)
  },
  async (world) => {
    coverage.hit('store lost')
    world.loseStore()
    await startLater(world)
  },
  async (world) => {
    const old = await world.copyOfStore()
    await world.clock.advance(world.random() * 10 * MINUTE)
    coverage.hit('store put back to an older one')
    await world.restoreStore(old)
    await startLater(world)
  },
]

const HANDS = [...CHANGES, ...ASKS, ...SOURCE, ...HOSTS, ...CONTROLLER]

/** Where everything is written down, what can be wrong with files comes more often: elsewhere nothing of it can. */
const WRITTEN_SHARE = 0.25

export async function doSomething(world: SimWorld): Promise<void> {
  const hands = world.files.isWritten && world.random() < WRITTEN_SHARE ? SOURCE : HANDS
  await pick(hands, world.random)?.(world)
}
