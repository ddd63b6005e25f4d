// What would be changed on the live hosts if a controller ran now: the same reading, rendering, observing and diffing, and no
// store and no operation. Beside `main.ts` because it reaches hosts.
import { catalog } from './catalog/registry.ts'
import type { LivePlan, PlannedComponent, PlanOptions } from './cli/composition.ts'
import { damageOf } from './controller/damaged-record.ts'
import { type Desire, desire, ownedFor } from './controller/desire.ts'
import { Semaphore } from './controller/semaphore.ts'
import { Statuses } from './controller/statuses.ts'
import { wantedOn } from './controller/wanted.ts'
import { systemdDriver } from './driver/systemd/driver.ts'
import { keeperOf } from './keeper.ts'
import { componentKey, splitKey } from './model/key.ts'
import type { HostObservation } from './model/observation.ts'
import { openSecrets } from './open-secrets.ts'
import { diffTarget } from './plan/diff.ts'
import { irreversibleIn } from './plan/irreversible.ts'
import type { Secrets } from './secrets/secrets.ts'
import { directorySource } from './source/directory.ts'
import { readDesiredState } from './spec/desired-state.ts'
import { createMemoryStore } from './store/memory.ts'
import { createRedactor, type Redactor } from './telemetry/redactor.ts'
import { scrubbedDriver } from './telemetry/scrubbed.ts'
import { openTransport } from './transport/open.ts'

/** Hosts looked at in parallel (DESIGN §7). */
const PARALLEL = 32

/** Reads the directory and looks at every host. A host that does not answer is told per component, and stops nothing else. */
export async function planLive(options: PlanOptions): Promise<LivePlan> {
  const source = directorySource(options.desiredStateDir)
  const snapshot = await source.current()
  await source.close()
  const { desired } = readDesiredState(snapshot.files, {}, catalog, snapshot.problems)
  const redactor = createRedactor()
  const reader = await openSecrets(options.secrets, { stateDir: options.stateDir, redactor })
  const secrets = await reader.read(desired.files)
  const wanted = desire(desired, catalog, secrets.find)
  const parallel = new Semaphore(PARALLEL)
  const perHost = await Promise.all(
    Object.keys(wanted.hosts).map((host) => parallel.run(() => planHost(host, { wanted, options, secrets, redactor }))),
  )
  const components = perHost.flat().sort((a, b) => (a.key < b.key ? -1 : 1))
  return { components, issues: [...desired.issues, ...secrets.issues, ...wanted.issues] }
}

interface Around {
  wanted: Desire
  options: PlanOptions
  secrets: Secrets
  redactor: Redactor
}

async function planHost(name: string, around: Around): Promise<PlannedComponent[]> {
  const { wanted, options, redactor } = around
  const host = wanted.hosts[name]
  const keys = [...wanted.wishes.keys()].filter((key) => splitKey(key).host === name)
  if (host === undefined) return []
  if (host.platform !== 'debian')
    return keys.map((key) => ({ key, problem: `${host.platform} hosts are not supported yet` }))
  const transport = openTransport(host, { ...options.ssh, resolveJump: (jump) => wanted.hosts[jump] })
  try {
    const toSee = wantedOn(name, wanted, new Statuses(createMemoryStore()), undefined)
    const seen = await scrubbedDriver(systemdDriver(), redactor).observe(transport, name, toSee, {
      nowMs: Date.now(),
      signal: options.signal,
    })
    const keeper = await keeperOf(options.desiredStateDir)
    return [...keys.map((key) => planKey(key, around, seen)), ...surplus(name, wanted, seen, keeper)]
  } catch (error) {
    return keys.map((key) => ({ key, problem: (error as Error).message }))
  } finally {
    await transport.close()
  }
}

function planKey(key: PlannedComponent['key'], { wanted, secrets }: Around, seen: HostObservation): PlannedComponent {
  const wish = wanted.wishes.get(key)
  const { component } = splitKey(key)
  const damage = damageOf(component, seen)
  // What the component owns there is not known, so neither is what would have to go.
  if (damage !== undefined)
    return { key, problem: `${damage}. A controller that remembers the component writes it anew` }
  const record = seen.components[component]
  if (wish?.kind === 'held') return { key, problem: wish.message }
  const target = wish?.kind === 'deploy' ? wish.target : undefined
  const diff = diffTarget(target, seen, ownedFor(wish, record), { reveal: secrets.reveal })
  const declared = irreversibleIn(target)
  const irreversible = diff.changes.flatMap(({ resource }) => {
    const why = declared.get(resource)
    return why === undefined ? [] : [[resource, why] as const]
  })
  return {
    key,
    changes: diff.changes,
    ...(irreversible.length > 0 && { irreversible: Object.fromEntries(irreversible) }),
    ...(isRejected(target?.revision, record?.rejected) && { rejected: true }),
  }
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
