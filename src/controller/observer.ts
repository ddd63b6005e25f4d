// Looks at hosts: one observation serves every component of a host that asked before it began, and a host that does not answer
// is left alone until its backoff is over.
import { advanceHost, type HostConnection, initialConnection } from '../../machines/host.ts'
import type { Driver } from '../driver/driver.ts'
import type { HostSpec } from '../model/host.ts'
import type { HostObservation, Wanted } from '../model/observation.ts'
import { APPLY_TIMEOUT_MS } from '../model/operation.ts'
import type { Target } from '../model/target.ts'
import { retryBackoffMs } from '../plan/backoff.ts'
import { type Transport, TransportError } from '../transport/transport.ts'
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

/** The controller ends, and nobody waits for an answer any more: that says nothing about the host. */
export class ControllerStopping extends HostUnavailable {
  override name = 'ControllerStopping'
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
  /** Aborted as soon as the controller stops. */
  stopping: AbortSignal
}

/** One observation, from its start. */
interface Look {
  startedAtMs: number
  /** Its place in the order of all starts of observations and all our changes. */
  turn: number
  isRunning: boolean
  seen: Promise<HostObservation>
}

interface Slot {
  connection: HostConnection
  /** The observation that runs or ran last; a failed one is not kept. */
  last: Look | undefined
  /** For all who asked for a newer one while one runs: it begins when that one ends. Never two at once on a host. */
  next: Promise<HostObservation> | undefined
  /** Place of our last change: an observation that began before shows the host as it was. */
  changedTurn: number
}

/** Hosts looked at in parallel (DESIGN §7). */
export const PARALLEL_OBSERVATIONS = 32
/** A busy sshd refuses some connections and takes the next: with the backoff between them, so many are a quarter of a minute. */
const DOWN_AFTER = 3
/** A wait that is longer than any backoff (DESIGN §7, and its jitter) comes from a clock that was set back. */
const LONGEST_BACKOFF_MS = 1_000_000

export class Observer {
  readonly #slots = new Map<string, Slot>()
  readonly #tools: ObserverTools
  #turn = 0
  readonly #turns = new WeakMap<HostObservation, number>()
  readonly #parallel = new Semaphore(PARALLEL_OBSERVATIONS)

  constructor(tools: ObserverTools) {
    this.#tools = tools
  }

  /**
   * What is on the host, observed no earlier than `notBeforeMs` and after our own last change of it. Throws
   * `HostUnavailable`, or `ControllerStopping` at once when it does.
   */
  async observe(host: HostSpec, notBeforeMs: number): Promise<HostObservation> {
    const slot = this.#slot(host.name)
    const { last } = slot
    if (last === undefined) return this.#begin(host, slot)
    if (this.#isFresh(last, slot, notBeforeMs)) return last.seen
    if (!last.isRunning) return this.#begin(host, slot)
    const begin = () => {
      slot.next = undefined
      return slot.last?.isRunning === true ? slot.last.seen : this.#begin(host, slot)
    }
    slot.next ??= last.seen.then(begin, begin)
    return slot.next
  }

  /** A change of ours is about to come there, or not: it is prepared for. `target`: what will be checked there first. */
  expectChange(host: HostSpec, target?: Target): void {
    const { driver, transportFor } = this.#tools
    driver.prepare(transportFor(host), { timeoutMs: APPLY_TIMEOUT_MS, ...(target && { target }) })
  }

  /** Our own change of the host has just begun or ended: what was seen before no longer counts. */
  changed(host: string): void {
    this.#slot(host).changedTurn = this.#turn += 1
  }

  /** Whether nothing of ours has changed the host since this observation of it began. */
  isCurrent(host: string, seen: HostObservation): boolean {
    return (this.#turns.get(seen) ?? 0) > this.#slot(host).changedTurn
  }

  /** A message to try a host again at once, whatever its backoff. */
  wake(host: string): void {
    this.#slot(host).connection.context.retryAtMs = 0
  }

  /** Whether the host did not answer just now, and was not yet asked in vain so often that it seems to be down. */
  isTriedAgain(host: string): boolean {
    const failures = this.#slots.get(host)?.connection.context.failures ?? 0
    return failures > 0 && failures < DOWN_AFTER
  }

  /** Forgets a connection failure found by an operation, so that the next pass looks for itself. */
  failed(host: HostSpec, error: Error): HostUnavailable {
    return this.#notReached(host, this.#slot(host.name), error)
  }

  /** Does what only asks something more of the host. */
  async reach<T>(host: HostSpec, work: () => Promise<T>): Promise<T | HostUnavailable> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      return this.failed(host, error)
    }
  }

  /** The controller's clock may have been set back meanwhile: what seems to come from the future is old. */
  #isFresh(look: Look, slot: Slot, notBeforeMs: number): boolean {
    return (
      look.turn > slot.changedTurn && look.startedAtMs >= notBeforeMs && look.startedAtMs <= this.#tools.clock.nowMs()
    )
  }

  /** Not `async`: who began a look hears of it before those who asked after, and goes first. */
  #begin(host: HostSpec, slot: Slot): Promise<HostObservation> {
    const nowMs = this.#tools.clock.nowMs()
    const { retryAtMs, message } = slot.connection.context
    if (nowMs < retryAtMs && retryAtMs - nowMs <= LONGEST_BACKOFF_MS)
      return Promise.reject(new HostUnavailable(message, retryAtMs))
    this.#turn += 1
    const turn = this.#turn
    const look: Look = {
      startedAtMs: nowMs,
      turn,
      isRunning: true,
      seen: this.#parallel.run(() => this.#look(host, slot, turn)),
    }
    slot.last = look
    look.seen.then(
      () => {
        look.isRunning = false
      },
      () => {
        if (slot.last === look) slot.last = undefined
      },
    )
    return look.seen
  }

  async #look(host: HostSpec, slot: Slot, turn: number): Promise<HostObservation> {
    const { clock, driver, transportFor, wantedOn, identityProblem, stopping: signal } = this.#tools
    const startedAtMs = clock.nowMs()
    let seen: HostObservation
    try {
      seen = await driver.observe(transportFor(host), host.name, wantedOn(host.name), { nowMs: startedAtMs, signal })
    } catch (error) {
      throw this.#notReached(host, slot, error as Error)
    }
    const problem = identityProblem(host, seen)
    if (problem !== undefined) throw this.#notReached(host, slot, new Error(problem))
    const isNews = slot.connection.value !== 'reachable' || slot.connection.context.failures > 0
    if (isNews)
      this.#connection(host.name, slot, advanceHost(slot.connection, { type: 'ANSWERED', nowMs: clock.nowMs() }))
    this.#turns.set(seen, turn)
    this.#tools.onObserved(host.name, seen, clock.nowMs() - startedAtMs)
    return seen
  }

  #notReached(host: HostSpec, slot: Slot, error: Error): HostUnavailable {
    const { clock, stopping } = this.#tools
    if (stopping.aborted) return new ControllerStopping('the controller stops', clock.nowMs(), error)
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
      slot = { connection: initialConnection(), last: undefined, next: undefined, changedTurn: 0 }
      this.#slots.set(host, slot)
    }
    return slot
  }
}
