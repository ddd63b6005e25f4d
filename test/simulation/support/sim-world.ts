// The whole controller, real code, on simulated hosts: what can go wrong around it is drawn from a seed or placed by a plan.
import { steadyClock } from '../../../src/controller/clock.ts'
import { Controller } from '../../../src/controller/controller.ts'
import type { Desire } from '../../../src/controller/desire.ts'
import { Fleet } from '../../../src/controller/fleet.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { Event } from '../../../src/model/status.ts'
import type { Target } from '../../../src/model/target.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { Store } from '../../../src/store/store.ts'
import { Audit } from './audit.ts'
import { coverage } from './coverage.ts'
import { type FaultRates, type Moment, never, noFaults, type Verdict } from './faults.ts'
import { SimClock, seededRandom } from './sim-clock.ts'
import { createSimDriver, type Life } from './sim-driver.ts'
import { SimHost } from './sim-host.ts'
import { createSimProber } from './sim-prober.ts'
import { SimSecrets } from './sim-secrets.ts'
import { createSimSource, SimFiles } from './sim-source.ts'
import { copyOfStore, createMortalStore } from './sim-store.ts'
import { connectorOf } from './sim-transport.ts'
import { desiredState, type SimComponent, simType } from './sim-type.ts'

/** Who the simulated controllers are in the hosts' records. */
export const US = 'us'

export class SimWorld {
  readonly clock: SimClock
  readonly random: () => number
  readonly audit: Audit
  store: Store = createMemoryStore()
  readonly hosts = new Map<string, SimHost>()
  readonly components = new Map<string, SimComponent>()
  readonly files = new SimFiles()
  readonly secrets = new SimSecrets()
  /** Files that cannot be used; what is missing from `components` is then no removal. */
  broken: string[] = []
  readonly unreachable = new Set<string>()
  rates: FaultRates = noFaults
  /** When somebody last asked for something: what failed before has all its attempts again. */
  askedAtMs = 0
  /** Whatever disturbs it from outside ends. */
  isAtRest = false
  /** Since when that is. */
  restsSinceMs = Number.POSITIVE_INFINITY
  /** Of the changes on a host, the share that its watch tells of. */
  toldShare = 0
  /** Apart from the other chances, so that a watch that tells more does not change what else happens. */
  readonly watchRandom = seededRandom(1)
  /** Whether a component may come to say this. */
  isPossible: (content: string) => boolean = () => true
  /** Asked at every moment; a plan says what happens there. */
  onMoment: (moment: Moment) => Verdict = () => 'go'
  /** Targets that were sent to any host, which keeps them. */
  readonly applied = new Map<string, Target>()
  /** Hosts that were changed without a way back, since nobody knows a secret any more that they would have gone back to. */
  readonly withoutWayBack = new Set<string>()
  /** Of the next controller that is started. */
  resyncMs = 60_000
  /** The only differences that the next controller may put right. */
  receipt: ReadonlyMap<ComponentKey, string> | undefined
  storeWrites = 0
  storesLost = 0
  problems: string[] = []
  /** What the controller has read last, and when that was. */
  desire: Desire | undefined
  desireSinceMs = 0
  /** Since when the controller calls the fleet frozen. */
  frozenSinceMs: number | undefined
  /** Keys that wait for a pass, at most. */
  deepestQueue = 0
  /** All keys that there ever were. */
  readonly keysSeen = new Set<string>()
  /** Reasons of what was told of the fleet as a whole, oldest first. */
  readonly fleetEvents: string[] = []
  #controller: Controller | undefined
  #changed: () => void = () => undefined
  #life = 0

  /** Chance is drawn from a seed, or is what the caller says. */
  constructor(seed: number | (() => number), hostNames: string[]) {
    this.random = typeof seed === 'number' ? seededRandom(seed) : seed
    this.clock = new SimClock(this.random)
    this.audit = new Audit(this)
    for (const name of hostNames) {
      const host = new SimHost(name, this.clock, US)
      host.onAccepted = (operation, token) => this.audit.accepted(operation, token)
      this.hosts.set(name, host)
    }
  }

  get controller(): Controller {
    if (this.#controller === undefined) throw new Error('the controller is not running')
    return this.#controller
  }

  host(name: string): SimHost {
    const host = this.hosts.get(name)
    if (host === undefined) throw new Error(`there is no simulated host ${name}`)
    return host
  }

  /** Starts a controller on the store as it is; one that runs already is killed first, wherever it stands. */
  async start(): Promise<void> {
    const life = this.#newLife()
    const { clock } = this
    const common = {
      clock: {
        ...steadyClock(
          () => clock.wallMs(),
          () => clock.nowMs(),
        ),
        random: () => clock.random(),
        nextTurn: () => clock.nextTurn(),
        setTimer: (ms: number, callback: () => void) => clock.setTimer(ms, () => life.alive() && callback()),
      },
      store: createMortalStore(this, life),
      driver: createSimDriver(this, life),
      prober: createSimProber(this, life),
      connect: connectorOf(this, life),
    }
    const report = this.#report(life)
    const quiet = { onObserved: ignore, onConnection: ignore, onGone: ignore, onProblem: report.problem }
    this.#controller = new Controller({
      ...common,
      source: createSimSource(this, life, (changed) => {
        this.#changed = changed
      }),
      secrets: this.secrets.reader(),
      catalog: CATALOG,
      read: this.files.isWritten
        ? (files, lastGood, problems) => readDesiredState(files, lastGood, CATALOG, problems)
        : () => ({
            desired: desiredState(this.hosts.keys(), this.components, this.broken),
            lastGood: { 'sim.yaml': JSON.stringify([...this.components]) },
          }),
      fleet: (of) => new Fleet({ ...common, ...quiet }, of),
      report,
      keeper: US,
      resyncMs: this.resyncMs,
      ...(this.receipt === undefined ? {} : { receipt: this.receipt }),
    })
    this.frozenSinceMs = undefined
    await this.#controller.start().catch((error: Error) => {
      if (error.name !== 'StoreError') throw error
    })
  }

  /** The store is gone; the next controller begins with an empty one. */
  loseStore(): void {
    this.kill()
    this.store = createMemoryStore()
    this.storesLost += 1
    this.audit.forget()
  }

  /** The store is put back to what it was; the next controller begins with that. */
  async restoreStore(old: Store): Promise<void> {
    this.kill()
    this.store = old
    this.storesLost += 1
    this.audit.forget(await old.list())
  }

  copyOfStore(): Promise<Store> {
    return copyOfStore(this)
  }

  /** Chance, drawn only where there is any. */
  chance(rate: number): boolean {
    return rate > 0 && this.random() < rate
  }

  /** Whether a host can be reached at all. */
  answers(name: string): boolean {
    const host = this.host(name)
    return !this.unreachable.has(name) && !host.says('BAD:firewall') && !host.isLockedOut
  }

  /** Values for tokens, as the controller has them. */
  reveal: SimSecrets['reveal'] = (text) => this.secrets.reveal(text)

  /** kill -9: whatever the controller was doing never comes back to it. */
  kill(): void {
    this.#life += 1
  }

  /** A person asks for a component. */
  ask(component: string): void {
    this.askedAtMs = this.clock.nowMs()
    this.controller.asks.reconcile({ component })
  }

  /** A person wants what was proven before. */
  async askBack(component: string): Promise<void> {
    // Whoever asks while the store fails is told so, and nothing comes of it.
    await this.controller.asks.rollBack({ component }).catch(() => undefined)
  }

  /** A person says that what was taken back may be tried again. */
  async askAgain(component: string): Promise<void> {
    this.askedAtMs = this.clock.nowMs()
    await this.controller.asks.unquarantine({ component }).catch((error: Error) => {
      if (error.name !== 'StoreError') throw error
    })
  }

  /** Commits a change of what is written. */
  commit(): void {
    this.#changed()
  }

  #newLife(): Life {
    this.#life += 1
    const life = this.#life
    const alive = () => this.#life === life
    const at = async (moment: Moment) => {
      if (!alive()) return never()
      const verdict = this.onMoment(moment)
      if (verdict === 'crash' || this.chance(this.rates.crash)) this.#crash(moment, verdict)
      return alive() ? verdict === 'fail' : never()
    }
    return { alive, at }
  }

  /** By a plan, which says when the next one starts; or by chance. */
  #crash(moment: Moment, verdict: Verdict): void {
    coverage.hit(`crash: ${moment}`)
    this.kill()
    const life = this.#life
    if (verdict !== 'crash')
      this.clock.setTimer(this.random() * 20_000, () => {
        if (this.#life === life) void this.start()
      })
  }

  #report({ alive }: Life) {
    const problem = (error: Error, doing: string) => {
      // The pass is tried again, which is all that can be done.
      if (error.name !== 'StoreError' && error.name !== 'DriverError') this.problems.push(`${doing}: ${error.stack}`)
    }
    return {
      transition: ignore,
      forgotten: ignore,
      operation: (_: string, __: string, outcome: string) => {
        if (outcome === 'refused') coverage.hit('fence refused')
      },
      driftFound: ignore,
      driftCorrected: ignore,
      desired: (desire: Desire) => {
        this.desire = desire
        this.desireSinceMs = this.clock.nowMs()
        this.audit.read(this)
      },
      queue: (depth: number) => {
        this.deepestQueue = Math.max(this.deepestQueue, depth)
      },
      clockSet: ignore,
      strangers: ignore,
      frozen: (isFrozen: boolean, { reason }: Event) => {
        if (!alive()) return
        coverage.hit(isFrozen ? 'fleet frozen' : 'fleet thawed')
        this.frozenSinceMs = isFrozen ? this.clock.nowMs() : undefined
        this.fleetEvents.push(reason)
      },
      passed: (key: string, _: number, error?: Error) => {
        if (error !== undefined) problem(error, key)
      },
      problem,
    }
  }
}

const CATALOG = { sim: simType }

function ignore(): void {
  // Nobody listens here.
}
