// Follows what becomes durable and what is sent, and holds each against the other as it happens.
import { restoreLifecycle, stateName, topState } from '../../../machines/advance.ts'
import { REJECTED_LIMIT } from '../../../machines/lifecycle-context.ts'
import { type ComponentKey, componentKey, splitKey } from '../../../src/model/key.ts'
import type { Wanted } from '../../../src/model/observation.ts'
import type { Operation } from '../../../src/model/operation.ts'
import { type Resource, type ResourceId, resourceId } from '../../../src/model/resource.ts'
import type { ComponentStatus, Intent } from '../../../src/model/status.ts'
import type { Target } from '../../../src/model/target.ts'
import { diffTarget } from '../../../src/plan/diff.ts'
import { explainDiff } from '../../../src/plan/explain.ts'
import { sameValue } from '../../../src/plan/same-value.ts'
import type { Write } from '../../../src/store/store.ts'
import { coverage } from './coverage.ts'
import { brokenBy, DECIDED_WITHIN_MS } from './intent-rules.ts'
import { outcomesIn, outcomesOf } from './outcomes.ts'
import type { SimHost } from './sim-host.ts'
import type { SimWorld } from './sim-world.ts'

/** Rounds of probes within 10 s: two a second while something comes up, and one for each word of a watch or a neighbour. */
const MOST_ROUNDS = 100
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

function isWell(lifecycle: ComponentStatus['lifecycle']): boolean {
  return /^healthy\.(inSync|drifted)/.test(stateName(lifecycle))
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
  /** Goes up with everything that may break a rule. */
  version = 0
  readonly #world: SimWorld
  readonly #wantedSince = new Map<ComponentKey, number>()
  readonly #durable = new Map<ComponentKey, ComponentStatus>()
  readonly #passingSince = new Map<ComponentKey, number>()
  readonly #lastPassed = new Map<ComponentKey, Round>()
  /** When each was probed lately. */
  readonly #rounds = new Map<ComponentKey, number[]>()
  readonly #awayFromProven = new Set<ComponentKey>()
  /** By host, the token in the newest look at it that any controller was given, and since when that is known. */
  readonly #seenToken = new Map<string, { token: number; sinceMs: number }>()
  /** By operation, what was known of the token when it was sent. */
  readonly #decidedOn = new Map<string, number>()
  /** Ids of all that were ever written down. */
  readonly #operations = new Set<string>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  #host(name: string): SimHost {
    return this.#world.host(name)
  }

  #nowMs(): number {
    return this.#world.clock.nowMs()
  }

  /** The store was lost: only this is durable any more. */
  forget(kept: readonly ComponentStatus[] = []): void {
    this.#durable.clear()
    this.#awayFromProven.clear()
    for (const status of kept) this.#durable.set(status.key, status)
  }

  /** What is written was read: what is not wanted any more is known at once, what is wanted only when all could be read. */
  read({ components, files, clock }: SimWorld): void {
    if (files.hasVanished) return
    const isWhole = files.isWhole({ components })
    const wanted = new Set<ComponentKey>()
    for (const [name, { enabled, hosts }] of components)
      if (enabled || files.isSpoilt(name)) for (const host of hosts) wanted.add(componentKey(name, host))
    for (const key of this.#wantedSince.keys()) {
      const { component } = splitKey(key)
      const isRead = !components.has(component) || !files.isSpoilt(component)
      if (isRead && !wanted.has(key)) this.#wantedSince.delete(key)
    }
    if (isWhole) for (const key of wanted) if (!this.#wantedSince.has(key)) this.#wantedSince.set(key, clock.nowMs())
  }

  /** A new revision was sent to where another one was proven, and is neither proven nor taken back. */
  isAwayFromProven(key: ComponentKey): boolean {
    return this.#awayFromProven.has(key)
  }

  stored(change: Write): void {
    this.version += 1
    this.#holdsNoSecret(change)
    for (const outcome of outcomesIn(change.events ?? [])) coverage.hit(outcome)
    for (const key of change.deletes ?? []) {
      this.#isGoneForGood(key, 'forgotten')
      this.#durable.delete(key)
      this.#awayFromProven.delete(key)
    }
    for (const status of change.statuses ?? []) {
      const before = this.#durable.get(status.key)
      this.#check(before, status)
      // Where a write was kept and called lost, the same beginning is written down again.
      if (status.intent !== undefined && !this.#operations.has(status.intent.operationId)) {
        this.#operations.add(status.intent.operationId)
        this.#begun({ ...status, intent: status.intent })
      }
      this.#durable.set(status.key, status)
      for (const outcome of outcomesOf(status)) coverage.hit(outcome)
      if (['healthy', 'rolledBack', 'disabled'].includes(topState(status.lifecycle)))
        this.#awayFromProven.delete(status.key)
    }
  }

  /** What its host may still bring back is not forgotten, nor called removed. */
  #isGoneForGood(key: ComponentKey, called: string): void {
    const { component, host } = splitKey(key)
    const { deadMan, late } = this.#host(host)
    const armed = deadMan.of(component)
    if (armed !== undefined && !late.has(armed.operationId))
      this.#wrong(`S19 ${key} was called ${called}, and its host may take ${armed.operationId} back`)
  }

  /** S15: no value of a secret is kept. */
  #holdsNoSecret(change: Write): void {
    const { everyValue } = this.#world.secrets
    if (everyValue.size === 0) return
    const text = JSON.stringify(change)
    for (const value of everyValue) if (text.includes(value)) this.#wrong('S15 a secret was written to the store')
  }

  #begun(status: ComponentStatus & { intent: Intent }): void {
    const { desire, desireSinceMs, frozenSinceMs } = this.#world
    const isSettled = this.#nowMs() - desireSinceMs > 1_000
    const broken = brokenBy(status, {
      durable: (key) => this.#durable.get(key),
      desire: isSettled && this.#world.rates.storeLost === 0 ? desire : undefined,
      isFrozen: frozenSinceMs !== undefined && this.#nowMs() - frozenSinceMs > 1_000,
      wantedSinceMs: (key) => this.#wantedSince.get(key),
      nowMs: this.#nowMs(),
    })
    this.violations.push(...broken)
  }

  /** S3: what is sent to a host was written down before, under the same id. */
  sent(operation: Operation): void {
    const key = componentKey(operation.component, operation.host)
    const { intent, lastGood } = this.#durable.get(key) ?? {}
    if (operation.kind === 'apply' && lastGood !== undefined && lastGood !== operation.target?.revision)
      this.#awayFromProven.add(key)
    const { token, sinceMs } = this.#seenToken.get(operation.host) ?? { token: 0, sinceMs: 0 }
    this.#decidedOn.set(operation.id, token)
    // S2: that a token is too low is known to whoever has looked.
    if (operation.fence <= token && this.#nowMs() - sinceMs > DECIDED_WITHIN_MS)
      this.#wrong(`S2 ${operation.id} has token ${operation.fence}; seen was ${token}`)
    if (intent?.operationId !== operation.id)
      this.#wrong(`S3 ${operation.id} was sent; durable is ${intent?.operationId ?? 'no intent'}`)
    this.#isOurs(operation)
    this.#isNotRejected(operation)
    this.#hasItsWayBack(operation)
    if (this.isAlone) this.#isTrue(operation)
    this.#passingSince.delete(key)
  }

  /** A controller was given a look at a host. */
  looked(host: string, token: number): void {
    if (token > (this.#seenToken.get(host)?.token ?? 0)) this.#seenToken.set(host, { token, sinceMs: this.#nowMs() })
  }

  /** S8: a host does nothing that was decided before what it did last, by whomever. */
  accepted({ id, kind, host }: Operation, token: number): void {
    const known = this.#decidedOn.get(id)
    if (known !== undefined && known !== token)
      this.#wrong(`S8 ${host}: ${kind} ${id} was decided on what was so at token ${known}, and done at ${token}`)
  }

  /** S9: it touches what its target names, and what the host says is the component's. */
  #isOurs({ id, component, host, target, diff, observedFence }: Operation): void {
    // Somebody else was there since it was decided, or is there now: the host refuses.
    const { damaged, fence, isBusy } = this.#host(host)
    if (damaged.has(component) || observedFence !== fence || isBusy) return
    const owned = this.#host(host).records.get(component)?.owned ?? []
    const ours = new Set([...owned, ...(target?.resources ?? []).map(resourceId)])
    const strange = diff.changes.filter(({ resource }) => !ours.has(resource))
    if (strange.length > 0) this.#wrong(`S9 ${id} touches ${strange.map(({ resource }) => resource)}`)
  }

  /** S5: what was taken back is not tried again by itself. */
  #isNotRejected({ id, kind, component, host, target }: Operation): void {
    const { rejected = [] } = this.#durable.get(componentKey(component, host))?.lifecycle.context ?? {}
    if (kind === 'apply' && (rejected as string[]).includes(target?.revision ?? ''))
      this.#wrong(`S5 ${id} brings back what was rejected there`)
  }

  /** What was never proven there can be taken back by the host alone, and so can the removal of what was. */
  #hasItsWayBack({ id, kind, cause, component, host, target, fallback }: Operation): void {
    const { lastGood } = this.#durable.get(componentKey(component, host)) ?? {}
    const before = lastGood === undefined ? undefined : this.#world.applied.get(lastGood)
    const isKnown = lastGood === undefined || before !== undefined
    const isNew = kind === 'apply' && target?.revision !== lastGood
    const isRemoval = kind === 'remove' && cause === 'spec' && before !== undefined
    const isLasting = [target, before].some((it) =>
      it?.resources.some(({ irreversible }) => irreversible !== undefined),
    )
    if ((isNew || isRemoval) && isKnown && !isLasting && fallback === undefined)
      this.#wrong(`${id} cannot be taken back by its host`)
  }

  /** A connection that was open before proves nothing. */
  confirmedOver(host: string, component: string, isFresh: boolean): void {
    const armed = this.#host(host).deadMan.of(component)
    if (armed !== undefined && !isFresh) this.#wrong(`${armed.operationId} was held off over an old connection`)
  }

  /** What is durable of a key. */
  durable(key: ComponentKey): ComponentStatus | undefined {
    return this.#durable.get(key)
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
    this.#isPatient(key)
    const { invocationId = '' } = host.units.get(`${component}.service`) ?? {}
    if (!passed) {
      this.#lastPassed.delete(key)
      this.#passingSince.delete(key)
      return
    }
    this.#lastPassed.set(key, { atMs: this.#nowMs(), invocationId })
    if (!this.#passingSince.has(key)) this.#passingSince.set(key, this.#nowMs())
  }

  /** S21: it does not ask again and again what it has just asked. */
  #isPatient(key: ComponentKey): void {
    const lately = (this.#rounds.get(key) ?? []).filter((atMs) => this.#nowMs() - atMs < 10_000)
    this.#rounds.set(key, [...lately, this.#nowMs()])
    if (lately.length >= MOST_ROUNDS) this.#wrong(`S21 ${key}: probed ${lately.length} times within 10 s`)
  }

  #check(before: ComponentStatus | undefined, status: ComponentStatus): void {
    const { key, lifecycle } = status
    const { desired, lastGood, rejected } = lifecycle.context as {
      desired: string | null
      lastGood: string | null
      rejected: string[]
    }
    // S12: what is written is read back as it is, in every state.
    const restored = restoreLifecycle(lifecycle)
    if (!sameValue(restored, lifecycle)) this.#wrong(`S12 ${key}: ${stateName(lifecycle)} does not read back`)
    const top = topState(lifecycle)
    const from = before === undefined ? '' : stateName(before.lifecycle)
    if (from === 'disabled.removing' && stateName(lifecycle) === 'disabled.absent') this.#isGoneForGood(key, 'removed')
    // An older store is behind its hosts for a while.
    const isBehind = this.#world.storesLost > 0
    if (top === 'healthy' && desired !== lastGood && !isBehind)
      this.#wrong(`S12 ${key}: healthy, yet ${desired} is not proven`)
    if (top === 'rolledBack' && !rejected.includes(desired ?? ''))
      this.#wrong(`S12 ${key}: rolled back, yet ${desired} is not rejected`)
    if (rejected.length > REJECTED_LIMIT) this.#wrong(`S21 ${key}: ${rejected.length} rejected revisions`)
    if (isWell(lifecycle) && (before === undefined || topState(before.lifecycle) !== 'healthy'))
      this.#becameHealthy(key)
    // What lacked another component when it was brought back is well when it was seen to be.
    if (isWell(lifecycle) && from === 'healthy.degraded') this.#hasPassed(key)
    if (top === 'rolledBack' && before !== undefined && topState(before.lifecycle) === 'failed' && lastGood !== null)
      this.#wasTakenBack(key)
  }

  /** S7: what was gone back to has proven itself since. */
  #wasTakenBack(key: ComponentKey): void {
    const { component, host } = splitKey(key)
    const lastOperation = this.#host(host).ledger.findLast(({ operation }) => operation.component === component)
    const round = this.#lastPassed.get(key)
    if (round === undefined || round.atMs < (lastOperation?.atMs ?? 0))
      this.#wrong(`S7 ${key}: taken back without a round of probes after that`)
  }

  /** S6: a round of probes passed after the last operation ended, on the process that runs now. */
  #hasPassed(key: ComponentKey): void {
    const { component, host } = splitKey(key)
    const lastOperation = this.#host(host).ledger.findLast(({ operation }) => operation.component === component)
    const round = this.#lastPassed.get(key)
    if (round === undefined || round.atMs < (lastOperation?.atMs ?? 0))
      this.#wrong(`S6 ${key}: healthy without a round of probes after its last operation`)
  }

  #becameHealthy(key: ComponentKey): void {
    this.#hasPassed(key)
    const soakedMs = this.#nowMs() - (this.#passingSince.get(key) ?? this.#nowMs())
    if (soakedMs < MIN_HEALTHY_MS) this.#wrong(`S6 ${key}: healthy after ${soakedMs} ms of passing probes`)
  }

  #wrong(message: string): void {
    this.version += 1
    this.violations.push(message)
  }
}
