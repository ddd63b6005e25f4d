// Which keys want a pass, in Kubernetes' workqueue semantics: a key is never handed out twice at once, many adds collapse to
// one, an add during a pass means one more pass afterwards, changes go before resyncs.
import type { Clock } from './clock.ts'

export type Priority = 'change' | 'resync'

interface Entry {
  priority: Priority
  /** When it was added last, by the clock: the pass must see the host as it was then, or later. */
  addedAtMs: number
}

export class WorkQueue<Key extends string> {
  /** Waiting keys in order of arrival, per priority; a key is in at most one of them. */
  readonly #waiting: Record<Priority, Map<Key, Entry>> = { change: new Map(), resync: new Map() }
  /** Every key that wants a pass, waiting or not: one that is being processed waits here until it is done. */
  readonly #dirty = new Map<Key, Entry>()
  readonly #processing = new Set<Key>()
  /** At most one timer per key: the earliest wins. */
  readonly #timers = new Map<Key, { atMs: number; cancel: () => void }>()
  readonly #clock: Clock
  readonly #onReady: () => void
  #closed = false

  /** `onReady` is called whenever a key has become available to `take`. */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock
    this.#onReady = onReady
  }

  /** Keys that are ready to be taken. */
  get depth(): number {
    return this.#waiting.change.size + this.#waiting.resync.size
  }

  /** Keys handed out and not yet done. */
  get active(): number {
    return this.#processing.size
  }

  /** `sinceMs`: the pass may see the host as it was then; default: as it is now, or later. */
  add(key: Key, priority: Priority = 'change', sinceMs?: number): void {
    if (this.#closed) return
    const before = this.#dirty.get(key)
    const addedAtMs = sinceMs === undefined ? this.#clock.nowMs() : Math.max(sinceMs, before?.addedAtMs ?? sinceMs)
    const entry = { priority: before?.priority === 'change' ? 'change' : priority, addedAtMs }
    this.#dirty.set(key, entry)
    if (!this.#processing.has(key)) this.#line(key, entry)
  }

  /** Adds the key after the delay, in milliseconds; an earlier add that is already planned wins. */
  addAfter(key: Key, delayMs: number): void {
    if (this.#closed) return
    if (delayMs <= 0) {
      this.add(key)
      return
    }
    const atMs = this.#clock.nowMs() + delayMs
    const planned = this.#timers.get(key)
    if (planned !== undefined && planned.atMs <= atMs) return
    planned?.cancel()
    const cancel = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(key)
      this.add(key)
    })
    this.#timers.set(key, { atMs, cancel })
  }

  /** The next key and when it was last asked for; undefined when none is ready. The caller must call `done` for it. */
  take(): { key: Key; addedAtMs: number } | undefined {
    const line = this.#waiting.change.size > 0 ? this.#waiting.change : this.#waiting.resync
    const [next] = line
    if (next === undefined) return undefined
    const [key, { addedAtMs }] = next
    line.delete(key)
    this.#dirty.delete(key)
    this.#processing.add(key)
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
    return { key, addedAtMs }
  }

  /** Ends the pass over a key; one that was added meanwhile becomes ready now. */
  done(key: Key): void {
    this.#processing.delete(key)
    const entry = this.#dirty.get(key)
    if (entry !== undefined && !this.#closed) this.#line(key, entry)
  }

  /** Nothing is handed out or planned any more. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#waiting.change.clear()
    this.#waiting.resync.clear()
  }

  #line(key: Key, entry: Entry): void {
    if (entry.priority === 'change') this.#waiting.resync.delete(key)
    this.#waiting[entry.priority].set(key, entry)
    this.#onReady()
  }
}
