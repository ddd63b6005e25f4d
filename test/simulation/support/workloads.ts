// Short, fixed pieces of work for plans: every one is run undisturbed once, and then disturbed at each of its moments.
import type { SimComponent } from './sim-type.ts'
import { SimWorld } from './sim-world.ts'
import { rewrite } from './stories.ts'

export interface Workload {
  name: string
  hosts: string[]
  components: Record<string, Partial<SimComponent>>
  /** Done once everything is settled and the plan begins; nothing for workloads that are about the first deploy. */
  act?(world: SimWorld): void
  /** It is about what only a look at the host tells. */
  isFound?: true
}

const remove =
  (...names: string[]) =>
  (world: SimWorld) => {
    for (const name of names) world.components.delete(name)
    world.commit()
  }

export const workloads: Workload[] = [
  { name: 'first deploy', hosts: ['a'], components: { x: {} } },
  {
    name: 'first deploy of a dependency chain',
    hosts: ['a', 'b'],
    components: { x: { hosts: ['b'] }, y: { dependsOn: ['x'] } },
  },
  { name: 'first deploy that fails', hosts: ['a'], components: { x: { content: 'BAD:start' } } },
  { name: 'two components of one host', hosts: ['a'], components: { x: {}, y: {} } },
  { name: 'change', hosts: ['a'], components: { x: {} }, act: (world) => rewrite(world, 'x', { content: 'v2' }) },
  {
    name: 'change that the validator refuses',
    hosts: ['a'],
    components: { x: {} },
    act: (world) => rewrite(world, 'x', { content: 'v2 BAD:validate' }),
  },
  {
    name: 'change that does not start',
    hosts: ['a'],
    components: { x: {} },
    act: (world) => rewrite(world, 'x', { content: 'v2 BAD:start' }),
  },
  {
    name: 'change that dies soon',
    hosts: ['a'],
    components: { x: {} },
    act: (world) => rewrite(world, 'x', { content: 'v2 BAD:dies' }),
  },
  {
    name: 'change that is never healthy',
    hosts: ['a'],
    components: { x: {} },
    act: (world) => rewrite(world, 'x', { content: 'v2 BAD:probe' }),
  },
  {
    name: 'change on two hosts, one after the other',
    hosts: ['a', 'b'],
    components: { x: { hosts: ['a', 'b'], policy: { rollout: { maxParallel: 1, canary: 'b' } } } },
    act: (world) => rewrite(world, 'x', { content: 'v2' }),
  },
  {
    name: 'change that fails on the first of two hosts',
    hosts: ['a', 'b'],
    components: { x: { hosts: ['a', 'b'], policy: { rollout: { maxParallel: 1, canary: 'b' } } } },
    act: (world) => rewrite(world, 'x', { content: 'v2 BAD:dies' }),
  },
  {
    name: 'edited by hand',
    isFound: true,
    hosts: ['a'],
    components: { x: {} },
    act: (world) => world.host('a').edit('/etc/x.conf', { content: 'by hand' }),
  },
  {
    name: 'stopped by hand',
    isFound: true,
    hosts: ['a'],
    components: { x: {} },
    act: (world) => world.host('a').stop('x.service'),
  },
  {
    name: 'damaged record',
    isFound: true,
    hosts: ['a'],
    components: { x: {}, y: {} },
    act: (world) => void world.host('a').damaged.add('x'),
  },
  { name: 'removal', hosts: ['a'], components: { x: {}, y: {} }, act: remove('x') },
  {
    name: 'removal without a way back',
    hosts: ['a'],
    components: { x: { content: 'LASTING' }, y: {} },
    act: remove('x'),
  },
  { name: 'disabled', hosts: ['a'], components: { x: {} }, act: (world) => rewrite(world, 'x', { enabled: false }) },
  {
    name: 'disabled together with what needs it',
    hosts: ['a', 'b'],
    components: { x: {}, y: { hosts: ['b'], dependsOn: ['x'] } },
    act: (world) => {
      for (const name of ['x', 'y']) rewrite(world, name, { enabled: false })
    },
  },
  {
    name: 'move to another host',
    hosts: ['a', 'b'],
    components: { x: {} },
    act: (world) => rewrite(world, 'x', { hosts: ['b'] }),
  },
]

/** A world without chance: every draw is the same, so that two runs differ only by what a plan does. */
export async function beginWorkload(
  { hosts, components }: Workload,
  beforeStart: (world: SimWorld) => void,
): Promise<SimWorld> {
  const world = new SimWorld(() => 0.5, hosts)
  const usual = { hosts: ['a'], content: 'v1', enabled: true, dependsOn: [] }
  for (const [name, it] of Object.entries(components)) world.components.set(name, { ...usual, ...it })
  beforeStart(world)
  // Not awaited: a controller that is killed while it starts never gets there.
  void world.start()
  return world
}
