// What is remembered about removals beside the statuses: which were carried out lately, and what a person has said.

import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Event } from '../model/status.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from './clock.ts'
import type { Wish } from './desire.ts'
import type { Status } from './statuses.ts'

/** Removals within this time count together: what is deleted one after the other is as much as what is deleted at once. */
export const COUNTED_TOGETHER_MS = 10 * 60_000
/** A confirmation counts for this long; it is over earlier when the component is gone, or written again. */
export const CONFIRMED_FOR_MS = 60 * 60_000

/** More than a history keeps. */
const EVENTS_READ = 50_000

export class Removals {
  readonly #clock: Clock
  /** By component, when its last removal ended. */
  readonly #carriedOut = new Map<string, number>()
  /** By key, when a person confirmed it; in the status too from the key's next pass on. */
  readonly #confirmed = new Map<ComponentKey, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What an earlier controller removed lately; called once, before the first pass. Throws `StoreError`. */
  async load(store: Store): Promise<void> {
    const sinceMs = this.#clock.nowMs() - COUNTED_TOGETHER_MS
    this.heard(await store.events({ sinceMs, limit: EVENTS_READ }))
  }

  /** Finds the removals among what happened. */
  heard(events: Event[]): void {
    for (const { reason, operationId, key, atMs } of events)
      if (reason === 'Removed' && operationId !== undefined && key !== undefined)
        this.#carriedOut.set(splitKey(key).component, atMs)
  }

  /** Names of components that were removed from a host lately. */
  lately(): string[] {
    for (const [component, atMs] of this.#carriedOut)
      if (!this.#isWithin(COUNTED_TOGETHER_MS, atMs)) this.#carriedOut.delete(component)
    return [...this.#carriedOut.keys()]
  }

  confirm(key: ComponentKey): void {
    this.#confirmed.set(key, this.#clock.nowMs())
  }

  isConfirmed({ key, removal }: Pick<Status, 'key' | 'removal'>): boolean {
    return [this.#confirmed.get(key), removal?.confirmedAtMs].some((atMs) => this.#isWithin(CONFIRMED_FOR_MS, atMs))
  }

  /** The status with what a person was asked and has said. Of what is written again, nothing of that counts any more. */
  told(status: Status, wish: Wish | undefined, isAsked: boolean): Status {
    const { removal, ...rest } = status
    if (wish !== undefined) {
      this.#confirmed.delete(status.key)
      return rest
    }
    const confirmedAtMs = this.#confirmed.get(status.key)
    const said = confirmedAtMs === undefined ? {} : { confirmedAtMs }
    const asked = isAsked && removal?.askedAtMs === undefined ? { askedAtMs: this.#clock.nowMs() } : {}
    const next = { ...removal, ...said, ...asked }
    return Object.keys(next).length === 0 ? rest : { ...rest, removal: next }
  }

  /** It is gone: a confirmation is good for once. */
  forget(key: ComponentKey): void {
    this.#confirmed.delete(key)
  }

  /** Whichever way the clock was set meanwhile. */
  #isWithin(ms: number, atMs: number | undefined): boolean {
    return atMs !== undefined && Math.abs(this.#clock.nowMs() - atMs) <= ms
  }
}
