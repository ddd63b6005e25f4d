// The loop around the passes: what is written becomes wishes, wishes and time become keys in the queue, workers take them out.
import type { Issue } from '../model/issue.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import { Asks } from './asks.ts'
import { buildTools } from './build-tools.ts'
import { ChangeHints } from './change-hints.ts'
import type { ControllerOptions } from './controller-options.ts'
import { neighboursOf } from './dependencies.ts'
import { type Desire, EMPTY } from './desire.ts'
import { hostChanged, isConcerned, mattersToOthers } from './desire-change.ts'
import { DesiredReader } from './desired-reader.ts'
import { FailureBackoff } from './failure-backoff.ts'
import type { Fleet } from './fleet.ts'
import { createFreeze, type Freeze } from './freeze.ts'
import { LookAhead } from './look-ahead.ts'
import { Orphans } from './orphans.ts'
import { WorkQueue } from './queue.ts'
import { reconcile } from './reconcile.ts'
import { Refreshing } from './refreshing.ts'
import { type Confirmation, type RemovalAnswer, takeAnswer } from './removal-answers.ts'
import { Removals } from './removals.ts'
import { Resync } from './resync.ts'
import { type Status, Statuses } from './statuses.ts'
import type { Tools } from './tools.ts'

export class Controller {
  readonly statuses: Statuses
  readonly freeze: Freeze
  readonly orphans: Orphans
  /** What is asked for at present, and the problems in it. */
  desire: Desire = EMPTY
  issues: Issue[] = []
  readonly #options: ControllerOptions
  readonly #queue: WorkQueue<ComponentKey>
  readonly #fleet: Fleet
  readonly #tools: Tools
  readonly #reader: DesiredReader
  readonly #refreshing: Refreshing
  readonly #removals: Removals
  readonly #backoff: FailureBackoff
  readonly #resync: Resync
  readonly #hints: ChangeHints
  readonly #lookAhead: LookAhead
  readonly #passed = new Set<ComponentKey>()
  readonly #idle = new Set<() => void>()
  /** What people ask for. */
  readonly asks: Asks
  readonly #stopping = new AbortController()
  readonly #abort = new AbortController()

  constructor(options: ControllerOptions) {
    this.#options = options
    this.statuses = new Statuses(options.store)
    this.#removals = new Removals(options.clock)
    this.#reader = new DesiredReader(options)
    const read = () => this.#refresh().then(() => this.#reader.mayRecover)
    this.#refreshing = new Refreshing(options.clock, read, options.report.problem)
    this.#backoff = new FailureBackoff(options.clock)
    this.#queue = new WorkQueue(options.clock, () => this.#pump())
    this.#resync = new Resync(options.clock, options.resyncMs, (host) => this.#resyncHost(host))
    this.#hints = new ChangeHints(options.clock, this.#queue, () => this.#allKeys())
    this.#lookAhead = new LookAhead(options, this.#reader, this, () => this.#fleet.observer)
    this.#fleet = options.fleet({
      wishes: () => this.desire,
      statuses: this.statuses,
      foreseen: (host) => this.#lookAhead.targetsOn(host),
      changed: (host, components) => this.#hints.add(host, components),
      missed: (host) => this.#hints.missed(host),
      connected: () => this.freeze.look(),
      stopping: this.#stopping.signal,
    })
    this.freeze = createFreeze(options, this, this.#fleet, () => this.#lookAtNow(this.#allKeys()))
    this.#tools = buildTools({
      ...options,
      fleet: this.#fleet,
      statuses: this.statuses,
      desire: () => this.desire,
      removals: this.#removals,
      freeze: this.freeze,
      looked: (host, seen) => this.orphans.looked(host, seen),
      again: (key) => this.#queue.add(key),
      isHinted: (key) => this.#hints.has(key),
      // By event, not by polling: whoever waits for this one hears of it now.
      onChange: (status) => this.#addNeighbours(status),
      stopping: this.#stopping.signal,
      signal: this.#abort.signal,
    })
    const found = (keys: ComponentKey[]) => this.#lookAtNow(keys)
    const { statuses } = this
    const asked = { keys: () => this.#allKeys(), desire: () => this.desire, lookAtNow: found }
    this.asks = new Asks({ statuses, hostRow: this.#fleet.hostRow, ...asked })
    this.orphans = new Orphans(this.#tools, options, { refresh: () => this.refresh(), found })
  }

  /** Reads the store and what is written, asks for a pass over everything, and watches. Throws `StoreError`. */
  async start(): Promise<void> {
    await this.#reader.load()
    await this.#fleet.load()
    // Hosts take as long to let us in as thousands of statuses take to be read.
    this.#fleet.prepare(await this.#reader.hosts())
    await this.statuses.load(this.#options.clock)
    await this.#removals.load(this.#options.store)
    await this.refresh()
    this.#lookAhead.watch(() => void this.refresh())
  }

  /**
   * Stops taking work and ends what only looks at hosts, gives running operations `patienceMs`, then lets go: on the hosts
   * they run on by themselves.
   */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#lookAhead.close()
    const refreshed = this.#refreshing.close()
    this.#queue.close()
    this.freeze.close()
    this.#resync.close()
    const cancel = this.#options.clock.setTimer(patienceMs, () => this.#abort.abort())
    await refreshed
    await this.idle()
    cancel()
    await this.#options.source.close()
    await this.#fleet.close()
  }

  /** Resolves when no pass runs. */
  async idle(): Promise<void> {
    if (this.#queue.active > 0) await new Promise<void>((resolve) => this.#idle.add(resolve))
  }

  /** Whether a pass has told what is to become of it. One whose host did not answer has, when that was asked again in vain. */
  hasPassed(key: ComponentKey): boolean {
    return this.#passed.has(key) && !this.#fleet.observer.isTriedAgain(splitKey(key).host)
  }

  #lookAtNow(keys: ComponentKey[]): void {
    for (const key of keys) {
      this.#fleet.observer.wake(splitKey(key).host)
      this.#queue.add(key)
    }
  }

  /** A person answers what was asked about removals; those who wait are looked at anew, since the question has changed. */
  confirmRemoval(answer: RemovalAnswer): Confirmation {
    const { desire, statuses } = this
    const said = takeAnswer(answer, { desire, statuses, removals: this.#removals })
    if ('keys' in said) this.#lookAtNow(said.keys)
    this.#addAsked()
    return said
  }

  #addAsked(): void {
    for (const key of this.statuses.keys())
      if (this.statuses.get(key).removal !== undefined) this.#queue.add(key, 'resync')
  }

  /** Reads everything anew and asks for passes over what changed. One at a time; never rejects. */
  refresh(): Promise<void> {
    return this.#refreshing.now()
  }

  async #refresh(): Promise<void> {
    const read = await this.#reader.read()
    if (read === undefined) return
    const [before, next] = [this.desire, this.#lookAhead.desire(read.state, read.secrets.find)]
    this.desire = next
    this.#options.secrets?.use(read.secrets)
    this.issues = [...read.issues, ...next.issues]
    this.#options.report.desired(next, this.issues)
    this.#fleet.keepOnly(next.hosts)
    this.freeze.look()
    this.#addChanged(before, next)
    this.orphans.survey()
  }

  #addChanged(before: Desire, next: Desire): void {
    const isFirst = before === EMPTY
    for (const key of this.#allKeys()) {
      const { host } = splitKey(key)
      if (hostChanged(host, before, next)) this.#fleet.observer.wake(host)
      // What nobody names any more can wait: there may be much of it.
      if (isFirst || isConcerned(key, before, next))
        this.#queue.add(key, next.wishes.has(key) ? 'change' : 'resync', this.#lookAhead.sinceMs(key, next))
      if (!isFirst && mattersToOthers(key, before, next)) this.#addNeighbours(this.statuses.get(key))
      // On a host that nobody describes there is nothing to look at.
      if (!this.#stopping.signal.aborted && next.hosts[host] !== undefined) this.#resync.plan(host)
    }
    this.#addAsked()
  }

  #addNeighbours(status: Status): void {
    for (const other of neighboursOf(status, this.desire, this.statuses)) this.#queue.add(other)
  }

  #allKeys(): ComponentKey[] {
    return [...new Set([...this.desire.wishes.keys(), ...this.statuses.keys()])]
  }

  #resyncHost(host: string): boolean {
    const keys = this.#allKeys().filter((key) => splitKey(key).host === host)
    for (const key of keys) this.#queue.add(key, 'resync')
    return keys.length > 0
  }

  #pump(): void {
    const limit = this.#options.workers ?? 64
    while (this.#queue.active < limit && !this.#stopping.signal.aborted && this.desire !== EMPTY) {
      const next = this.#queue.take()
      if (next === undefined) break
      void this.#pass(next.key, next.addedAtMs)
    }
    this.#options.report.queue(this.#queue.depth)
  }

  async #pass(key: ComponentKey, sinceMs: number): Promise<void> {
    const { clock, report } = this.#options
    // Thousands of passes that need nothing of their hosts must not keep the answers of the others waiting.
    await clock.nextTurn()
    const startedAtMs = clock.nowMs()
    this.#hints.begin(key)
    const ask = this.asks.take(key)
    try {
      let requeue = await reconcile(key, { sinceMs, ask }, this.#tools)
      // In this pass and not in the next, which there is none of when we are about to stop: what its host waits for is told.
      if (requeue.sinceMs !== undefined) requeue = await reconcile(key, { sinceMs: requeue.sinceMs }, this.#tools)
      this.#backoff.forget(key)
      if (!requeue.isUndecided) this.#passed.add(key)
      if (requeue.wakeAtMs !== undefined) this.#queue.addAfter(key, requeue.wakeAtMs - clock.nowMs())
      report.passed(key, clock.nowMs() - startedAtMs)
    } catch (error) {
      this.asks.putBack(key, ask)
      this.#queue.addAfter(key, this.#backoff.next(key))
      report.passed(key, clock.nowMs() - startedAtMs, error as Error)
    } finally {
      this.#queue.done(key)
      this.#pump()
      if (this.#queue.active === 0) this.#settle()
    }
  }

  /** No pass runs: nobody is in the middle of anything. */
  #settle(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle.clear()
    const stepMs = this.#options.clock.follow()
    if (stepMs === 0) return
    this.statuses.shift(stepMs)
    this.#options.report.clockSet(stepMs)
  }
}
