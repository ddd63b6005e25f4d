// Follows what becomes durable and what is sent, and holds each against the other as it happens.
import { restoreLifecycle, stateName, topState } from '../../../machines/advance.ts'
import { REJECTED_LIMIT } from '../../../machines/lifecycle-context.ts'
import { type ComponentKey, componentKey, splitKey } from '../../../src/model/key.ts'
import type { Operation } from '../../../src/model/operation.ts'
import type { ComponentStatus } from '../../../src/model/status.ts'
import { sameValue } from '../../../src/plan/same-value.ts'
import type { Write } from '../../../src/store/store.ts'
import type { SimHost } from './sim-host.ts'

/** Evidence of one round of probes: when, and which run of the unit it was about. */
interface Round {
  atMs: number
  invocationId: string
}

export class Audit {
  /** What was found wrong; the caller looks after every event. */
  readonly violations: string[] = []
  readonly #host: (name: string) => SimHost
  readonly #nowMs: () => number
  readonly #durable = new Map<ComponentKey, ComponentStatus>()
  readonly #lastPassed = new Map<ComponentKey, Round>()

  constructor(world: { host(name: string): SimHost; clock: { nowMs(): number } }) {
    this.#host = (name) => world.host(name)
    this.#nowMs = () => world.clock.nowMs()
  }

  /** The store was lost: nothing is durable any more. */
  forget(): void {
    this.#durable.clear()
  }

  stored(change: Write): void {
    for (const key of change.deletes ?? []) this.#durable.delete(key)
    for (const status of change.statuses ?? []) {
      this.#check(this.#durable.get(status.key), status)
      this.#durable.set(status.key, structuredClone(status))
    }
  }

  /** S3: what is sent to a host was written down before, under the same id. */
  sent(operation: Operation): void {
    const intent = this.#durable.get(componentKey(operation.component, operation.host))?.intent
    if (intent?.operationId !== operation.id)
      this.#wrong(`S3 ${operation.id} was sent; durable is ${intent?.operationId ?? 'no intent'}`)
  }

  probed(component: string, host: SimHost, passed: boolean): void {
    const key = componentKey(component, host.name)
    const { invocationId = '' } = host.units.get(`${component}.service`) ?? {}
    if (passed) this.#lastPassed.set(key, { atMs: this.#nowMs(), invocationId })
    else this.#lastPassed.delete(key)
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
  }

  #wrong(message: string): void {
    this.violations.push(message)
  }
}
