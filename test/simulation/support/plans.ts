// Plans: one workload, disturbed at exactly one moment (or two), and what must be the same afterwards.
import { stateName } from '../../../machines/advance.ts'
import { coverage } from './coverage.ts'
import type { Moment, Verdict } from './faults.ts'
import { checkAudited, checkConverged, checkSafety } from './invariants.ts'
import { BEGINNING_MS, seededRandom } from './sim-clock.ts'
import type { SimWorld } from './sim-world.ts'
import { beginWorkload, type Workload } from './workloads.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NEVER = 365 * 24 * 60 * MINUTE

export type Trouble =
  /** The controller is killed, and back while its operation still runs. */
  | 'crash'
  /** The controller is killed, and back when its operation is long over. */
  | 'long crash'
  /** This one call fails. */
  | 'fail'
  /** The clock of the controller's machine is set an hour forward. */
  | 'clock forward'
  /** And an hour back. */
  | 'clock back'
  /** Every host is rebooted. */
  | 'reboot'
  /** No host answers for a while. */
  | 'silence'
  /** Somebody edits every file. */
  | 'edit'
  /** Somebody stops every unit. */
  | 'stop'

export interface Disturbance {
  /** Which moment of the run, counted from 0. */
  at: number
  trouble: Trouble
}

/** The moments of an undisturbed run, in order, and the end state that every disturbed one must come to. */
export interface Reference {
  moments: Moment[]
  end: string
  effects: string
}

/** Troubles that are the controller's own: no operation may run twice, or be sent on what is no longer so. */
const OWN: readonly Trouble[] = ['crash', 'long crash', 'fail', 'silence', 'clock forward', 'clock back']

/** Troubles that last longer than a host waits to be told that its change is good. */
const LATE: readonly Trouble[] = ['long crash', 'silence']

export async function referenceOf(workload: Workload): Promise<Reference> {
  const moments: Moment[] = []
  const world = await run(workload, workload.isFound === true, (moment) => {
    moments.push(moment)
    return 'go'
  })
  if (wasTakenBackByItsHost(world)) throw new Error(`${workload.name}: its host took it back, and nobody was late`)
  return { moments, end: endOf(world), effects: effectsOf(world) }
}

/**
 * Every moment of the run, by its number; but of rounds of probes that are all alike, where nothing goes on but the time, only the
 * first two and the last two. Pairs are drawn from all.
 */
export function placesOf({ moments }: Reference): number[] {
  const starts = [0, ...moments.flatMap((moment, at) => (moment === 'probe before' ? [at] : []))]
  const rounds = starts.map((start, i) => moments.slice(start, starts[i + 1]).join())
  return starts.flatMap((start, i) => {
    const isOneOfMany = [-2, -1, 1, 2].every((away) => rounds[i + away] === rounds[i])
    const end = starts[i + 1] ?? moments.length
    return isOneOfMany ? [] : Array.from({ length: end - start }, (_, at) => start + at)
  })
}

/** Runs the workload with its disturbances. Throws when an invariant breaks, it does not converge, or ends elsewhere. */
export async function runPlan(workload: Workload, reference: Reference, disturbances: Disturbance[]): Promise<void> {
  coverage.tally.plans += 1
  try {
    await disturbed(workload, reference, disturbances)
  } catch (error) {
    const what = disturbances.map(
      ({ at, trouble }) => `${trouble} at moment ${at} (${reference.moments[at] ?? 'later'})`,
    )
    throw new Error(`${workload.name}, ${what.join(', ')}: ${(error as Error).message}`, { cause: error })
  }
}

/** Pairs of disturbances that are the controller's own, drawn from a seed; the second may come after the recovery began. */
export function drawPairs({ moments }: Reference, seed: number, count: number): Disturbance[][] {
  const random = seededRandom(seed)
  const draw = (): Disturbance => ({
    at: Math.floor(random() * moments.length * 1.3),
    trouble: OWN[Math.floor(random() * OWN.length)] ?? 'crash',
  })
  return Array.from({ length: count }, () => [draw(), draw()])
}

async function disturbed(workload: Workload, reference: Reference, disturbances: Disturbance[]): Promise<void> {
  let count = 0
  const isFound = workload.isFound === true || disturbances.some(({ trouble }) => !OWN.includes(trouble))
  const world = await run(workload, isFound, (_, running) => {
    const hit = disturbances.find(({ at }) => at === count)
    count += 1
    return hit === undefined ? 'go' : make(hit.trouble, running)
  })
  const isTakenBack = wasTakenBackByItsHost(world)
  if (isTakenBack && !disturbances.some(({ trouble }) => LATE.includes(trouble)))
    throw new Error('L2: its host took it back, and nobody was late')
  const end = endOf(world)
  if (end !== reference.end) throw new Error(`D1: it ends as\n${end}\ninstead of\n${reference.end}`)
  const effects = effectsOf(world)
  const isOwn = disturbances.every(({ trouble }) => OWN.includes(trouble))
  if (isOwn && !isTakenBack && effects !== reference.effects)
    throw new Error(`D1: it did\n${effects}\ninstead of\n${reference.effects}`)
}

function make(trouble: Trouble, world: SimWorld): Verdict {
  const hosts = [...world.hosts.values()]
  switch (trouble) {
    case 'crash':
    case 'long crash':
      world.clock.setTimer(trouble === 'crash' ? 500 : 30_000, () => void world.start())
      return 'crash'
    case 'fail':
      return 'fail'
    case 'clock forward':
    case 'clock back':
      world.clock.setWall(trouble === 'clock forward' ? HOUR : -HOUR)
      return 'go'
    case 'reboot':
      for (const host of hosts) host.reboot()
      return 'go'
    case 'silence':
      for (const { name } of hosts) world.unreachable.add(name)
      world.clock.setTimer(40_000, () => world.unreachable.clear())
      return 'go'
    case 'edit':
      for (const host of hosts) for (const path of host.files.keys()) host.edit(path, { content: 'by hand' })
      return 'go'
    case 'stop':
      for (const host of hosts) for (const name of host.units.keys()) host.stop(name)
      return 'go'
  }
}

/**
 * `isFound`: hosts are looked at every two minutes, because somebody changes them behind our back. Without it nothing but the
 * controller's own wake-ups brings it on.
 */
async function run(
  workload: Workload,
  isFound: boolean,
  onMoment: (moment: Moment, world: SimWorld) => Verdict,
): Promise<SimWorld> {
  const check = () => checkSafety(world)
  const world: SimWorld = await beginWorkload(workload, (of) => {
    of.resyncMs = isFound ? 2 * MINUTE : NEVER
    of.audit.isAlone = !isFound
    if (workload.act === undefined) of.onMoment = (moment) => onMoment(moment, of)
  })
  if (workload.act !== undefined) {
    await world.clock.advance(2 * MINUTE, check)
    world.onMoment = (moment) => onMoment(moment, world)
    workload.act(world)
  }
  await world.clock.advance(4 * MINUTE, check)
  world.onMoment = () => 'go'
  await world.clock.advance(12 * MINUTE, check)
  coverage.tally.simulatedMs += world.clock.nowMs() - BEGINNING_MS
  if (world.problems.length > 0) throw new Error(world.problems.join('\n'))
  checkConverged(world)
  await checkAudited(world)
  return world
}

function wasTakenBackByItsHost({ hosts }: SimWorld): boolean {
  return [...hosts.values()].some(({ ledger }) => ledger.some(({ operation }) => operation.id.endsWith('-revert')))
}

/** What was done to each host, without order and times, and what the hosts refused. */
function effectsOf(world: SimWorld): string {
  const hosts = [...world.hosts.values()].map(({ name, ledger, refusals }) => {
    const did = ledger.map(({ operation: { kind, component, target }, outcome }) =>
      [name, kind, component, target?.revision.slice(0, 6), outcome].join(' '),
    )
    return [...did.sort(), ...refusals].join('\n')
  })
  return hosts.join('\n')
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
  return [...states, ...hostsOf(world)].join('\n')
}

/** What is on each host, and what it remembers to be ours: files, units, packages, records; no times and no counters. */
export function hostsOf(world: SimWorld): string[] {
  return [...world.hosts.values()].map((host) => {
    const files = [...host.files].map(([path, { content, mode }]) => `${path} ${content} ${mode}`)
    const units = [...host.units].map(([name, { active, enabled }]) => `${name} ${active} ${enabled}`)
    const records = [...host.records].map(
      ([name, { verified, owned }]) => `${name} ${verified?.revision.slice(0, 6)} ${owned}`,
    )
    return [host.name, ...files.sort(), ...units.sort(), ...[...host.packages].sort(), ...records.sort()].join('\n  ')
  })
}
