// Looks at hosts: one observation serves every component of a host that asked before it began, and a host that does not answer
// is left alone until its backoff is over.
import { advanceHost, type HostConnection, initialConnection } from '../../machines/host.ts'
import type { Driver } from '../driver/driver.ts'
import type { HostSpec } from '../model/host.ts'
import type { HostObservation, Wanted } from '../model/observation.ts'
import { retryBackoffMs } from '../plan/backoff.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import { Semaphore } from './semaphore.ts'

/** The host cannot be worked with now: not reached, not the machine meant, or not fit. A condition, never a failure. */
export class HostUnavailable extends Error {
  override name = 'HostUnavailable'
  readonly retryAtMs: number
  constructor(message: string, retryAtMs: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.retryAtMs = retryAtMs
  }
}

export interface ObserverTools {
  clock: Clock
  driver: Driver
  transportFor(host: HostSpec): Transport
  /** Everything to look at on a host, as of now. */
  wantedOn(host: string): Wanted
  /** Why this machine is not the one meant, if so. */
  identityProblem(host: HostSpec, seen: HostObservation): string | undefined
  /** Called when a host begins or ceases to answer, and with every observation. */
  onObserved(host: string, seen: HostObservation, durationMs: number): void
  onConnection(host: string, connection: HostConnection): void
}

interface Slot {
  connection: HostConnection
  /** The observation that runs or ran last, and when it was started. */
  startedAtMs: number
  observation: Promise<HostObservation> | undefined
  /** Order of the last observation's start and of our last change: one that began before shows the host as it was. */
  observedTurn: number
  changedTurn: number
}

/** Hosts looked at in parallel (DESIGN §7). */
const PARALLEL_OBSERVATIONS = 32

export class Observer {
  readonly #slots = new Map<string, Slot>()
  readonly #tools: ObserverTools
  #turn = 0
  readonly #parallel = new Semaphore(PARALLEL_OBSERVATIONS)

  constructor(tools: ObserverTools) {
    this.#tools = tools
  }

  /**
   * What is on the host, observed no earlier than `notBeforeMs` and after our own last change of it. Throws
   * `HostUnavailable`.
   */
  async observe(host: HostSpec, notBeforeMs: number): Promise<HostObservation> {
    const slot = this.#slot(host.name)
    const { clock } = this.#tools
    if (slot.observation === undefined || slot.startedAtMs < notBeforeMs || slot.observedTurn < slot.changedTurn) {
      const { retryAtMs, message } = slot.connection.context
      if (clock.nowMs() < retryAtMs) throw new HostUnavailable(message, retryAtMs)
      slot.startedAtMs = clock.nowMs()
      slot.observedTurn = this.#turn += 1
      slot.observation = this.#parallel.run(() => this.#look(host, slot))
      slot.observation.catch(() => {
        slot.observation = undefined
      })
    }
    return slot.observation
  }

  /** Our own change of the host has just begun or ended: what was seen before no longer counts. */
  changed(host: string): void {
    this.#slot(host).changedTurn = this.#turn += 1
  }

  /** Whether nothing of ours has changed the host since its last observation. */
  isCurrent(host: string): boolean {
    const slot = this.#slot(host)
    return slot.observation !== undefined && slot.observedTurn > slot.changedTurn
  }

  /** A message to try a host again at once, whatever its backoff. */
  wake(host: string): void {
    this.#slot(host).connection.context.retryAtMs = 0
  }

  /** Forgets a connection failure found by an operation, so that the next pass looks for itself. */
  failed(host: HostSpec, error: Error): HostUnavailable {
    return this.#notReached(host, this.#slot(host.name), error)
  }

  async #look(host: HostSpec, slot: Slot): Promise<HostObservation> {
    const { clock, driver, transportFor, wantedOn, identityProblem } = this.#tools
    const startedAtMs = clock.nowMs()
    let seen: HostObservation
    try {
      seen = await driver.observe(transportFor(host), host.name, wantedOn(host.name), { nowMs: startedAtMs })
    } catch (error) {
      throw this.#notReached(host, slot, error as Error)
    }
    const problem = identityProblem(host, seen)
    if (problem !== undefined) throw this.#notReached(host, slot, new Error(problem))
    const isNews = slot.connection.value !== 'reachable' || slot.connection.context.failures > 0
    if (isNews)
      this.#connection(host.name, slot, advanceHost(slot.connection, { type: 'ANSWERED', nowMs: clock.nowMs() }))
    this.#tools.onObserved(host.name, seen, clock.nowMs() - startedAtMs)
    return seen
  }

  #notReached(host: HostSpec, slot: Slot, error: Error): HostUnavailable {
    const { clock } = this.#tools
    const retryAfterMs = retryBackoffMs(slot.connection.context.failures, clock.random())
    const fact = { type: 'NOT_REACHED' as const, nowMs: clock.nowMs(), message: error.message, retryAfterMs }
    this.#connection(host.name, slot, advanceHost(slot.connection, fact))
    return new HostUnavailable(error.message, clock.nowMs() + retryAfterMs, error)
  }

  #connection(host: string, slot: Slot, next: HostConnection): void {
    const moved = next.value !== slot.connection.value || next.context.message !== slot.connection.context.message
    slot.connection = next
    if (moved) this.#tools.onConnection(host, next)
  }

  #slot(host: string): Slot {
    let slot = this.#slots.get(host)
    if (slot === undefined) {
      slot = {
        connection: initialConnection(),
        startedAtMs: -1,
        observation: undefined,
        observedTurn: 0,
        changedTurn: 0,
      }
      this.#slots.set(host, slot)
    }
    return slot
  }
}
