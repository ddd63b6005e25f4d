// The whole controller, real code, on simulated hosts: what can go wrong around it is drawn from a seed or placed by a plan.
import { steadyClock } from '../../../src/controller/clock.ts'
import { Controller } from '../../../src/controller/controller.ts'
import { Fleet } from '../../../src/controller/fleet.ts'
import type { ComponentKey } from '../../../src/model/key.ts'
import type { Event } from '../../../src/model/status.ts'
import type { Target } from '../../../src/model/target.ts'
import { canonicalJson, sha256 } from '../../../src/plan/canonical.ts'
import type { Source } from '../../../src/source/source.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { Store } from '../../../src/store/store.ts'
import { Audit } from './audit.ts'
import { type FaultRates, type Moment, never, noFaults, type Verdict } from './faults.ts'
import { SimClock, seededRandom } from './sim-clock.ts'
import { createSimDriver, createSimProber, type Life, transportTo } from './sim-driver.ts'
import { SimHost } from './sim-host.ts'
import { createMortalStore } from './sim-store.ts'
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
  /** Files that cannot be used; what is missing from `components` is then no removal. */
  broken: string[] = []
  readonly unreachable = new Set<string>()
  rates: FaultRates = noFaults
  /** When somebody last asked for something: what failed before has all its attempts again. */
  askedAtMs = 0
  /** Whatever disturbs it from outside ends. */
  isAtRest = false
  /** Of the changes on a host, the share that its watch tells of. */
  toldShare = 0
  /** Apart from the other chances, so that a watch that tells more does not change what else happens. */
  readonly watchRandom = seededRandom(1)
  /** Asked at every moment; a plan says what happens there. */
  onMoment: (moment: Moment) => Verdict = () => 'go'
  /** Targets that were sent to any host, which keeps them. */
  readonly applied = new Map<string, Target>()
  /** Of the next controller that is started. */
  resyncMs = 60_000
  /** The only differences that the next controller may put right. */
  receipt: ReadonlyMap<ComponentKey, string> | undefined
  storeWrites = 0
  storesLost = 0
  problems: string[] = []
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
    for (const name of hostNames) this.hosts.set(name, new SimHost(name, this.clock, US))
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
      connect: transportTo,
    }
    const report = this.#report()
    const quiet = { onObserved: ignore, onConnection: ignore, onGone: ignore, onProblem: report.problem }
    this.#controller = new Controller({
      ...common,
      source: this.#source(life),
      catalog: { sim: simType },
      read: () => ({
        desired: desiredState(this.hosts.keys(), this.components, this.broken),
        lastGood: { 'sim.yaml': JSON.stringify([...this.components]) },
      }),
      fleet: (of) => new Fleet({ ...common, ...quiet }, of),
      report,
      keeper: US,
      resyncMs: this.resyncMs,
      ...(this.receipt === undefined ? {} : { receipt: this.receipt }),
    })
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
    await this.controller.asks.unquarantine({ component })
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
      if (verdict === 'crash') this.kill()
      return alive() ? verdict === 'fail' : never()
    }
    return { alive, at }
  }

  #report() {
    const problem = (error: Error, doing: string) => {
      if (error.name !== 'StoreError') this.problems.push(`${doing}: ${error.stack}`)
    }
    return {
      transition: ignore,
      forgotten: ignore,
      operation: ignore,
      driftFound: ignore,
      driftCorrected: ignore,
      desired: ignore,
      queue: ignore,
      clockSet: ignore,
      strangers: ignore,
      frozen: (_: boolean, event: Event) => this.fleetEvents.push(event.reason),
      passed: (key: string, _: number, error?: Error) => {
        if (error !== undefined) problem(error, key)
      },
      problem,
    }
  }

  #source(life: Life): Source {
    const revision = () => sha256(canonicalJson([[...this.components], this.broken]))
    const current = async () => ({ files: {}, revision: revision(), problems: [] })
    return {
      current,
      glimpse: current,
      watch: (onChange, onStir) => {
        this.#changed = () => {
          if (!life.alive()) return
          onStir?.()
          void current().then(onChange)
        }
        return () => undefined
      },
      close: async () => undefined,
    }
  }
}

function ignore(): void {
  // Nobody listens here.
}
