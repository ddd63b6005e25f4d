// What hosts say of changes → keys in the queue: the first at once, a storm of them once a second.
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Clock } from './clock.ts'
import type { WorkQueue } from './queue.ts'

/** Between two passes over a key that were both asked for by its host. */
const GAP_MS = 1_000

export class ChangeHints {
  readonly #clock: Clock
  readonly #queue: WorkQueue<ComponentKey>
  readonly #keys: () => ComponentKey[]
  /** When a key's last hint led, or leads, to a pass. */
  readonly #passAtMs = new Map<ComponentKey, number>()
  /** Keys whose next pass was asked for by their host, and those whose present one was. */
  readonly #asked = new Set<ComponentKey>()
  readonly #present = new Set<ComponentKey>()

  constructor(clock: Clock, queue: WorkQueue<ComponentKey>, keys: () => ComponentKey[]) {
    this.#clock = clock
    this.#queue = queue
    this.#keys = keys
  }

  /** Something of these components of a host may have changed, or of any of them. */
  add(host: string, components: string[] | undefined): void {
    for (const key of this.#keys()) {
      const split = splitKey(key)
      const isMeant = components === undefined || components.includes(split.component)
      if (split.host !== host || !isMeant) continue
      this.#asked.add(key)
      this.#plan(key)
    }
  }

  /** For a while nobody would have told of a change of the host: it is looked at, and what that finds was told by nobody. */
  missed(host: string): void {
    for (const key of this.#keys()) if (splitKey(key).host === host) this.#plan(key)
  }

  /** Whether the present pass over the key was asked for by its host. */
  has(key: ComponentKey): boolean {
    return this.#present.has(key)
  }

  /** A pass over the key begins. */
  begin(key: ComponentKey): void {
    if (this.#asked.delete(key)) this.#present.add(key)
    else this.#present.delete(key)
  }

  #plan(key: ComponentKey): void {
    const nowMs = this.#clock.nowMs()
    const lastMs = this.#passAtMs.get(key) ?? Number.NEGATIVE_INFINITY
    // One that is planned already sees this change too.
    if (lastMs > nowMs && lastMs - nowMs <= GAP_MS) return
    const atMs = Math.max(nowMs, Math.min(lastMs, nowMs) + GAP_MS)
    this.#passAtMs.set(key, atMs)
    this.#queue.addAfter(key, atMs - nowMs)
  }
}
