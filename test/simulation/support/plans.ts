// Plans: one workload, disturbed at exactly one moment (or two), and what must be the same afterwards.
import { stateName } from '../../../machines/advance.ts'
import type { Moment, Verdict } from './faults.ts'
import { checkConverged, checkSafety } from './invariants.ts'
import type { SimWorld } from './sim-world.ts'
import { beginWorkload, type Workload } from './workloads.ts'

const MINUTE = 60_000

export interface Disturbance {
  /** Which moment of the run, counted from 0. */
  at: number
  verdict: Exclude<Verdict, 'go'>
  /** How long a killed controller stays away. */
  awayMs: number
}

/** The moments of an undisturbed run, in order, and the end state that every disturbed one must come to. */
export interface Reference {
  moments: Moment[]
  end: string
}

export async function referenceOf(workload: Workload): Promise<Reference> {
  const moments: Moment[] = []
  const world = await run(workload, (moment) => {
    moments.push(moment)
    return 'go'
  })
  return { moments, end: endOf(world) }
}

/** Runs the workload with its disturbances. Throws when an invariant breaks, it does not converge, or ends elsewhere. */
export async function runPlan(workload: Workload, reference: Reference, disturbances: Disturbance[]): Promise<void> {
  let count = 0
  const world = await run(workload, (_, running) => {
    const hit = disturbances.find(({ at }) => at === count)
    count += 1
    if (hit?.verdict === 'crash') running.clock.setTimer(hit.awayMs, () => void running.start())
    return hit?.verdict ?? 'go'
  })
  const end = endOf(world)
  if (end !== reference.end) throw new Error(`D1: it ends as\n${end}\ninstead of\n${reference.end}`)
}

async function run(workload: Workload, onMoment: (moment: Moment, world: SimWorld) => Verdict): Promise<SimWorld> {
  const check = () => checkSafety(world)
  const world: SimWorld = await beginWorkload(workload, (of) => {
    if (workload.act === undefined) of.onMoment = (moment) => onMoment(moment, of)
  })
  if (workload.act !== undefined) {
    await world.clock.advance(2 * MINUTE, check)
    world.onMoment = (moment) => onMoment(moment, world)
    workload.act(world)
  }
  await world.clock.advance(4 * MINUTE, check)
  world.onMoment = () => 'go'
  await world.clock.advance(20 * MINUTE, check)
  if (world.problems.length > 0) throw new Error(world.problems.join('\n'))
  checkConverged(world)
  return world
}

/** What people would call the result: states, files, units and what each host remembers; no times and no counters. */
function endOf(world: SimWorld): string {
  const { statuses } = world.controller
  const keys = statuses.keys().sort()
  const states = keys.map((key) => {
    const { lifecycle } = statuses.get(key)
    const { desired, lastGood, rejected } = lifecycle.context
    return `${key} ${stateName(lifecycle)} ${[desired, lastGood, ...rejected].map((it) => it?.slice(0, 6)).join(' ')}`
  })
  const hosts = [...world.hosts.values()].map((host) => {
    const files = [...host.files].map(([path, { content, mode }]) => `${path} ${content} ${mode}`)
    const units = [...host.units].map(([name, { active, enabled }]) => `${name} ${active} ${enabled}`)
    const records = [...host.records].map(
      ([name, { verified, owned }]) => `${name} ${verified?.revision.slice(0, 6)} ${owned}`,
    )
    return [host.name, ...files.sort(), ...units.sort(), ...[...host.packages].sort(), ...records.sort()].join('\n  ')
  })
  return [...states, ...hosts].join('\n')
}
