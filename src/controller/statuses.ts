// What is known of every key, in memory and on disk: nothing is acted on before the store has it.
import { initialLifecycle, type Lifecycle, restoreLifecycle } from '../../machines/advance.ts'
import { resumed, shifted } from '../../machines/times.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import type { Revision, Target } from '../model/target.ts'
import { sameValue } from '../plan/same-value.ts'
import type { Store, Write } from '../store/store.ts'
import type { Clock } from './clock.ts'

export interface Status extends ComponentStatus {
  lifecycle: Lifecycle
}

export class Statuses {
  readonly #store: Store
  readonly #known = new Map<ComponentKey, Status>()
  readonly #lacking = new Set<ComponentKey>()
  readonly #byHost = new Map<string, Set<ComponentKey>>()
  readonly #targets = new Map<Revision, Target>()
  #keysVersion = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** Reads the store; called once, before the first pass. */
  async load(clock: Pick<Clock, 'nowMs' | 'nextTurn'>): Promise<void> {
    const nowMs = clock.nowMs()
    for (const [at, stored] of (await this.#store.list()).entries()) {
      if (at % AT_ONCE === 0) await clock.nextTurn()
      const lifecycle = resumed(restoreLifecycle(stored.lifecycle), stored.updatedAtMs, nowMs)
      this.#remember({ ...stored, lifecycle })
    }
  }

  /** The clock was set by so much, in milliseconds: whatever waits goes on waiting for as long as it would have. */
  shift(byMs: number): void {
    for (const [key, status] of this.#known)
      this.#known.set(key, { ...status, lifecycle: shifted(status.lifecycle, byMs) })
  }

  /** A key never seen gives the status of something absent. */
  get(key: ComponentKey): Status {
    return this.#known.get(key) ?? blank(key)
  }

  has(key: ComponentKey): boolean {
    return this.#known.has(key)
  }

  keys(): ComponentKey[] {
    return [...this.#known.keys()]
  }

  /** Another number whenever a key comes or goes. */
  get keysVersion(): number {
    return this.#keysVersion
  }

  onHost(host: string): Status[] {
    return [...(this.#byHost.get(host) ?? [])].map((key) => this.get(key))
  }

  /** Those that were taken back because this one was not well. */
  lacking(peer: ComponentKey): ComponentKey[] {
    return [...this.#lacking].filter((key) => this.get(key).lifecycle.context.lacked.includes(peer))
  }

  /** The target of a revision; undefined when it was never stored, which only a damaged store can cause. */
  async target(revision: Revision | null | undefined): Promise<Target | undefined> {
    if (revision === null || revision === undefined) return undefined
    const cached = this.#targets.get(revision) ?? (await this.#store.target(revision))
    if (cached !== undefined) this.#cache(cached)
    return cached
  }

  /** Targets of a key that are already in memory: what to look at on its host. */
  cachedTargets(status: Status): Target[] {
    const { desired, lastGood } = status.lifecycle.context
    return [desired, lastGood].flatMap((revision) => (revision === null ? [] : (this.#targets.get(revision) ?? [])))
  }

  /** Commits a changed status, its events and targets; a status equal to the one before writes nothing. Returns whether it wrote. */
  async save(
    status: Status,
    nowMs: number,
    write: Pick<Write, 'events' | 'targets' | 'hosts' | 'mayWait'> = {},
  ): Promise<boolean> {
    const before = this.#known.get(status.key)
    const isSame = before !== undefined && sameStatus(before, status)
    const events = write.events ?? []
    if (isSame && events.length === 0 && write.hosts === undefined) return false
    const next = { ...status, updatedAtMs: nowMs }
    const targets = (write.targets ?? []).filter(({ revision }) => !this.#isKept(revision, before))
    await this.#store.write({
      statuses: [next],
      events,
      targets,
      ...(write.hosts === undefined ? {} : { hosts: write.hosts }),
      ...(write.mayWait === undefined ? {} : { mayWait: write.mayWait }),
    })
    this.#remember(next)
    for (const target of targets) this.#cache(target)
    return true
  }

  async forget(key: ComponentKey, events: Event[]): Promise<void> {
    await this.#store.write({ deletes: [key], events })
    this.#known.delete(key)
    this.#lacking.delete(key)
    this.#keysVersion += 1
    this.#byHost.get(splitKey(key).host)?.delete(key)
  }

  /** Whether the store has the target and keeps it: `prune` lets be what a stored status names. */
  #isKept(revision: Revision, stored: Status | undefined): boolean {
    return this.#targets.has(revision) && (stored?.desired === revision || stored?.lastGood === revision)
  }

  #remember(status: Status): void {
    if (!this.#known.has(status.key)) this.#keysVersion += 1
    this.#known.set(status.key, status)
    if (status.lifecycle.context.lacked.length > 0) this.#lacking.add(status.key)
    else this.#lacking.delete(status.key)
    const { host } = splitKey(status.key)
    const onHost = this.#byHost.get(host) ?? new Set()
    this.#byHost.set(host, onHost.add(status.key))
  }

  /** Bounded: the least recently used target goes first, and comes back from the store when it is asked for. */
  #cache(target: Target): void {
    this.#targets.delete(target.revision)
    this.#targets.set(target.revision, target)
    for (const [oldest] of this.#targets) {
      if (this.#targets.size <= TARGETS_CACHED) break
      this.#targets.delete(oldest)
    }
  }
}

/** Statuses taken up in one go, while hosts answer. */
const AT_ONCE = 500
const TARGETS_CACHED = 20_000

function blank(key: ComponentKey): Status {
  return { key, lifecycle: initialLifecycle(), conditions: [], generation: 0, lastProbes: [], updatedAtMs: 0 }
}

function sameStatus(a: Status, b: Status): boolean {
  return sameValue(a, { ...b, updatedAtMs: a.updatedAtMs })
}
