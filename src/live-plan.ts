// What would be changed on the live hosts if a controller ran now: the same reading, rendering, observing and diffing, and no
// store and no operation. Beside `main.ts` because it reaches hosts.
import type { LivePlan, PlannedComponent, PlanOptions } from './cli/composition.ts'
import { damageOf } from './controller/damaged-record.ts'
import { type Desire, ownedFor } from './controller/desire.ts'
import { differingKeyed } from './controller/ignoring.ts'
import { Semaphore } from './controller/semaphore.ts'
import { Statuses } from './controller/statuses.ts'
import { wantedOn } from './controller/wanted.ts'
import { systemdDriver } from './driver/systemd/driver.ts'
import { lower } from './driver/systemd/lower.ts'
import { showFiles } from './driver/systemd/show-files.ts'
import { stepNames } from './driver/systemd/step.ts'
import { keeperOf } from './keeper.ts'
import type { ComponentSpec } from './model/desired.ts'
import type { Diff } from './model/diff.ts'
import { type ComponentKey, componentKey, splitKey } from './model/key.ts'
import type { HostObservation } from './model/observation.ts'
import type { Operation } from './model/operation.ts'
import { unitReasons } from './plan/consequences.ts'
import { diffTarget } from './plan/diff.ts'
import { asWritten, IGNORING_NOTHING, type Ignoring } from './plan/ignore.ts'
import { irreversibleIn } from './plan/irreversible.ts'
import { digestOf, liveTimes } from './plan/receipt.ts'
import { type FileTools, planFiles } from './plan-files.ts'
import { readDesire } from './read-desire.ts'
import type { Secrets } from './secrets/secrets.ts'
import { createMemoryStore } from './store/memory.ts'
import type { Redactor } from './telemetry/redactor.ts'
import { scrubbedDriver } from './telemetry/scrubbed.ts'
import { openTransport } from './transport/open.ts'

/** Hosts looked at in parallel (DESIGN §7). */
const PARALLEL = 32

/** Reads the directory and looks at every host. A host that does not answer is told per component, and stops nothing else. */
export async function planLive(options: PlanOptions): Promise<LivePlan> {
  const { desired, wanted, secrets, redactor } = await readDesire(options)
  const parallel = new Semaphore(PARALLEL)
  const perHost = await Promise.all(
    hostsOf(wanted, options).map((host) =>
      parallel.run(() => planHost(host, { wanted, specs: desired.components, options, secrets, redactor })),
    ),
  )
  const components = inOrder(perHost.flat(), desired.components)
  const issues = [...desired.issues, ...secrets.issues, ...wanted.issues]
  const isChange = components.some(({ changes = [] }) => changes.length > 0)
  return {
    components,
    issues,
    ...(secrets.published.length > 0 && { publishedSecrets: secrets.published }),
    ...(isChange ? { digest: digestOf(components.map(withoutWords)) } : {}),
  }
}

/** Why a host cannot be seen is told differently each time. */
function withoutWords({ problem, ...planned }: PlannedComponent) {
  return { ...planned, isSeen: problem === undefined }
}

/** What others need first; what nothing names any more last. */
function inOrder(planned: PlannedComponent[], specs: Record<string, ComponentSpec>): PlannedComponent[] {
  const depths = new Map<string, number>()
  const depthOf = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    depths.set(name, 0)
    const needs = specs[name]?.policy.dependsOn.map(({ component }) => depthOf(component) + 1) ?? [
      Number.MAX_SAFE_INTEGER,
    ]
    depths.set(name, Math.max(0, ...needs))
    return depths.get(name) ?? 0
  }
  const rank = ({ key }: PlannedComponent) => depthOf(splitKey(key).component)
  return planned.sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))
}

interface Around {
  wanted: Desire
  specs: Record<string, ComponentSpec>
  options: PlanOptions
  secrets: Secrets
  redactor: Redactor
}

async function planHost(name: string, around: Around): Promise<PlannedComponent[]> {
  const { wanted, options, redactor } = around
  const host = wanted.hosts[name]
  const keys = [...wanted.wishes.keys()].filter((key) => splitKey(key).host === name && isMeant(key, options))
  if (host === undefined) return []
  if (host.platform !== 'debian')
    return keys.map((key) => ({ key, problem: `${host.platform} hosts are not supported yet` }))
  const transport = openTransport(host, { ...options.ssh, resolveJump: (jump) => wanted.hosts[jump] })
  try {
    const toSee = wantedOn(name, wanted, new Statuses(createMemoryStore()), undefined)
    const driver = scrubbedDriver(systemdDriver(), redactor)
    const seen = await driver.observe(transport, name, toSee, { nowMs: Date.now(), signal: options.signal })
    const keeper = await keeperOf(options.desiredStateDir)
    const tools = { driver, transport, redactor, signal: options.signal }
    const ignoring = new Map<ComponentKey, Ignoring>()
    for (const key of keys) ignoring.set(key, await ignoringFor(key, around, seen, tools))
    const wished = keys.map((key) => planKey(key, around, seen, ignoring.get(key)))
    const planned = [...wished, ...(options.only === undefined ? surplus(name, wanted, seen, keeper) : [])]
    // One after the other: a host has few channels to spare beside the controller's.
    const detailed: PlannedComponent[] = []
    for (const one of planned)
      detailed.push(await inDetail(one, around, seen, { ...tools, ignoring: ignoring.get(one.key) }))
    return detailed
  } catch (error) {
    return keys.map((key) => ({ key, problem: (error as Error).message }))
  } finally {
    await transport.close()
  }
}

/** As a controller would, what others may change is left. */
async function ignoringFor(
  key: ComponentKey,
  { wanted, secrets }: Around,
  seen: HostObservation,
  { driver, transport, signal }: FileTools,
): Promise<Ignoring> {
  const wish = wanted.wishes.get(key)
  const rules = wish?.policy.ignore ?? []
  if (wish?.kind !== 'deploy' || rules.length === 0) return IGNORING_NOTHING
  const paths = differingKeyed(wish.target, seen, rules, { reveal: secrets.reveal, kept: undefined })
  return { rules, live: paths.length === 0 ? new Map() : await driver.read(transport, paths, { signal }) }
}

function planKey(
  key: ComponentKey,
  { wanted, secrets }: Around,
  seen: HostObservation,
  ignoring: Ignoring | undefined,
): PlannedComponent {
  const wish = wanted.wishes.get(key)
  const { component } = splitKey(key)
  const damage = damageOf(component, seen)
  // What the component owns there is not known, so neither is what would have to go.
  if (damage !== undefined)
    return { key, problem: `${damage}. A controller that remembers the component writes it anew` }
  const record = seen.components[component]
  if (wish?.kind === 'held') return { key, problem: wish.message }
  const target = wish?.kind === 'deploy' ? wish.target : undefined
  // What is proven there is only kept, as a controller would.
  const isKept = target !== undefined && record?.verified?.revision === target.revision
  const diff = diffTarget(target, seen, ownedFor(wish, record), {
    isKept,
    reveal: secrets.reveal,
    ...(ignoring && { ignoring }),
  })
  const declared = irreversibleIn(target)
  const irreversible = diff.changes.flatMap(({ resource }) => {
    const why = declared.get(resource)
    return why === undefined ? [] : [[resource, why] as const]
  })
  return {
    key,
    changes: diff.changes,
    ...(target === undefined ? {} : { revision: target.revision }),
    ...(irreversible.length > 0 && { irreversible: Object.fromEntries(irreversible) }),
    ...(isRejected(target?.revision, record?.rejected) && { rejected: true }),
  }
}

/** The same with what it comes to, where anything is to be changed. */
async function inDetail(
  planned: PlannedComponent,
  { wanted, specs, options }: Around,
  seen: HostObservation,
  { ignoring, ...tools }: FileTools & { ignoring: Ignoring | undefined },
): Promise<PlannedComponent> {
  const { key, changes = [] } = planned
  if (changes.length === 0) return planned
  const { component, host } = splitKey(key)
  const wish = wanted.wishes.get(key)
  const target = wish?.kind === 'deploy' ? wish.target : undefined
  const diff = { changes }
  const dependents = Object.values(specs).filter(
    ({ enabled, policy }) => enabled && policy.dependsOn.some((need) => need.component === component),
  )
  return {
    ...planned,
    steps: stepsOf({ component, host, target, diff }),
    files: await planFiles(component, diff, target && ignoring ? asWritten(target, ignoring) : target, seen, tools),
    units: unitReasons(diff, target),
    live: liveTimes(diff, seen),
    ...(options.only === undefined ? {} : { found: await foundFiles(diff, tools) }),
    ...(dependents.length === 0 ? {} : { dependents: dependents.map(({ name }) => name).sort() }),
  }
}

/** What is public and holds no secret that we know. */
async function foundFiles(
  { changes }: Diff,
  { transport, redactor, signal }: FileTools,
): Promise<Record<string, string>> {
  const paths = changes.flatMap(({ resource, fields }) =>
    resource.startsWith('file:') && fields.some(({ field }) => field === 'content')
      ? [resource.slice('file:'.length)]
      : [],
  )
  const shown = await showFiles(transport, paths, { signal })
  return Object.fromEntries([...shown].filter(([, text]) => redactor.scrub(text) === text && !text.includes('\ufffd')))
}

function hostsOf({ wishes, hosts }: Desire, options: PlanOptions): string[] {
  if (options.only === undefined) return Object.keys(hosts)
  return [...new Set([...wishes.keys()].filter((key) => isMeant(key, options)).map((key) => splitKey(key).host))]
}

function isMeant(key: ComponentKey, { only }: PlanOptions): boolean {
  const { component, host } = splitKey(key)
  return only === undefined || (only.component === component && (only.host ?? host) === host)
}

/** Names of the steps of the operation that would be sent. */
function stepsOf(what: Pick<Operation, 'component' | 'host' | 'target' | 'diff'>): string[] {
  const kind = what.target === undefined ? 'remove' : 'apply'
  return stepNames(lower({ ...what, id: 'plan', kind, cause: 'spec', fence: 0, generation: 0, timeoutMs: 0 }))
}

function isRejected(revision: string | undefined, rejected: string[] = []): boolean {
  return revision !== undefined && rejected.includes(revision)
}

/** What the host says was put there and nobody wants any more. */
function surplus(host: string, wanted: Desire, seen: HostObservation, us: string): PlannedComponent[] {
  return Object.entries(seen.components)
    .map(([component, record]) => ({ key: componentKey(component, host), ...record }))
    .filter(({ key, owned }) => !wanted.wishes.has(key) && owned.length > 0)
    .map(({ key, owned, keeper }) => ({
      key,
      changes: diffTarget(undefined, seen, owned).changes,
      ...(keeper === us ? {} : { isAnothers: true as const }),
    }))
}
