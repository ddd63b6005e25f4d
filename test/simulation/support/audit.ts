// Follows what becomes durable and what is sent, and holds each against the other as it happens.
import { restoreLifecycle, stateName, topState } from '../../../machines/advance.ts'
import { REJECTED_LIMIT } from '../../../machines/lifecycle-context.ts'
import { type ComponentKey, componentKey, splitKey } from '../../../src/model/key.ts'
import type { Wanted } from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import { type Resource, type ResourceId, resourceId } from '../../../src/model/resource.ts'
import type { ComponentStatus } from '../../../src/model/status.ts'
import type { Target } from '../../../src/model/target.ts'
import { diffTarget } from '../../../src/plan/diff.ts'
import { explainDiff } from '../../../src/plan/explain.ts'
import { sameValue } from '../../../src/plan/same-value.ts'
import type { Write } from '../../../src/store/store.ts'
import type { SimHost } from './sim-host.ts'

/** The policy of simulated components. */
const MIN_HEALTHY_MS = 10_000

/** Everything that the diff of a target looks at. */
function wantedFor(target: Target | undefined, owned: ResourceId[]): Wanted {
  const names = (kind: Resource['kind']) =>
    [...(target?.resources ?? []).map(resourceId), ...owned].flatMap((id) =>
      id.startsWith(`${kind}:`) ? [id.slice(kind.length + 1)] : [],
    )
  const [paths, units, packages] = [names('file'), names('unit'), names('package')]
  return { paths, units, packages, users: [], operationIds: [] }
}

/** Evidence of one round of probes: when, and which run of the unit it was about. */
interface Round {
  atMs: number
  invocationId: string
}

export class Audit {
  /** What was found wrong; the caller looks after every event. */
  readonly violations: string[] = []
  /** Nobody but the controller changes hosts: what it decides on must be so when it acts. */
  isAlone = false
  readonly #host: (name: string) => SimHost
  readonly #nowMs: () => number
  readonly #durable = new Map<ComponentKey, ComponentStatus>()
  readonly #passingSince = new Map<ComponentKey, number>()
  readonly #lastPassed = new Map<ComponentKey, Round>()
  readonly #awayFromProven = new Set<ComponentKey>()

  constructor(world: { host(name: string): SimHost; clock: { nowMs(): number } }) {
    this.#host = (name) => world.host(name)
    this.#nowMs = () => world.clock.nowMs()
  }

  /** The store was lost: nothing is durable any more. */
  forget(): void {
    this.#durable.clear()
    this.#awayFromProven.clear()
  }

  /** A new revision was sent to where another one was proven, and is neither proven nor taken back. */
  isAwayFromProven(key: ComponentKey): boolean {
    return this.#awayFromProven.has(key)
  }

  stored(change: Write): void {
    for (const key of change.deletes ?? []) {
      this.#durable.delete(key)
      this.#awayFromProven.delete(key)
    }
    for (const status of change.statuses ?? []) {
      this.#check(this.#durable.get(status.key), status)
      this.#durable.set(status.key, structuredClone(status))
      if (['healthy', 'rolledBack', 'disabled'].includes(topState(status.lifecycle)))
        this.#awayFromProven.delete(status.key)
    }
  }

  /** S3: what is sent to a host was written down before, under the same id. */
  sent(operation: Operation): void {
    const key = componentKey(operation.component, operation.host)
    const { intent, lastGood } = this.#durable.get(key) ?? {}
    if (operation.kind === 'apply' && lastGood !== undefined && lastGood !== operation.target?.revision)
      this.#awayFromProven.add(key)
    if (intent?.operationId !== operation.id)
      this.#wrong(`S3 ${operation.id} was sent; durable is ${intent?.operationId ?? 'no intent'}`)
    if (this.isAlone) this.#isTrue(operation)
    this.#passingSince.delete(key)
  }

  /** S8: what an operation is to change is different from its target at the moment it is sent. */
  #isTrue({ id, component, host, target, diff }: Operation): void {
    const { owned = [] } = this.#host(host).records.get(component) ?? {}
    const seen = this.#host(host).observe(wantedFor(target, owned), this.#nowMs())
    const now = diffTarget(target, seen, owned)
    const restarts = diff.changes.filter(({ fields }) => fields.every(({ field }) => field === 'health'))
    if (!sameValue({ changes: [...now.changes, ...restarts] }, diff))
      this.#wrong(`S8 ${id} was decided on what is no longer so: ${explainDiff(diff)}; now: ${explainDiff(now)}`)
  }

  probed(component: string, host: SimHost, passed: boolean): void {
    const key = componentKey(component, host.name)
    const { invocationId = '' } = host.units.get(`${component}.service`) ?? {}
    if (!passed) {
      this.#lastPassed.delete(key)
      this.#passingSince.delete(key)
      return
    }
    this.#lastPassed.set(key, { atMs: this.#nowMs(), invocationId })
    if (!this.#passingSince.has(key)) this.#passingSince.set(key, this.#nowMs())
  }

  #check(before: ComponentStatus | undefined, status: ComponentStatus): void {
    const { key, lifecycle } = status
    const { desired, lastGood, rejected } = lifecycle.context as {
      desired: string | null
      lastGood: string | null
      rejected: string[]
    }
    // S12: what is written is read back as it is, in every state.
    const restored = restoreLifecycle(structuredClone(lifecycle))
    if (!sameValue(restored, lifecycle)) this.#wrong(`S12 ${key}: ${stateName(lifecycle)} does not read back`)
    const top = topState(lifecycle)
    if (top === 'healthy' && desired !== lastGood) this.#wrong(`S12 ${key}: healthy, yet ${desired} is not proven`)
    if (top === 'rolledBack' && !rejected.includes(desired ?? ''))
      this.#wrong(`S12 ${key}: rolled back, yet ${desired} is not rejected`)
    if (rejected.length > REJECTED_LIMIT) this.#wrong(`S21 ${key}: ${rejected.length} rejected revisions`)
    if (top === 'healthy' && (before === undefined || topState(before.lifecycle) !== 'healthy'))
      this.#becameHealthy(key)
  }

  /** S6: a round of probes passed after the last operation ended, on the process that runs now. */
  #becameHealthy(key: ComponentKey): void {
    const { component, host } = splitKey(key)
    const lastOperation = this.#host(host).ledger.findLast(({ operation }) => operation.component === component)
    const round = this.#lastPassed.get(key)
    if (round === undefined || round.atMs < (lastOperation?.atMs ?? 0))
      this.#wrong(`S6 ${key}: healthy without a round of probes after its last operation`)
    const soakedMs = this.#nowMs() - (this.#passingSince.get(key) ?? this.#nowMs())
    if (soakedMs < MIN_HEALTHY_MS) this.#wrong(`S6 ${key}: healthy after ${soakedMs} ms of passing probes`)
  }

  #wrong(message: string): void {
    this.violations.push(message)
  }
}
