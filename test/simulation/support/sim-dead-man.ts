// The dead-man of a simulated host: the way back that each change brought along, and when it is gone.
import type { Operation } from '../../../src/model/operation.ts'
import type { SimClock } from './sim-clock.ts'

interface Armed {
  operation: Operation
  fallback: Operation
  untilMs: number
}

/** Takes a change back. Resolves `again` where the host was busy or went down meanwhile, `over` where there is a result. */
export type GoBack = (fallback: Operation, from: Operation) => Promise<'over' | 'again'>

/** As scripts/arm.sh and scripts/revert.sh have it. */
const REACHABLE_MS = 30_000
const AFTER_RESTART_MS = 60_000
const LOOK_MS = 1_000

export class SimDeadMan {
  readonly #clock: SimClock
  readonly #goBack: GoBack
  readonly #waiting = new Map<string, Armed>()
  /** By component, the operation that is being taken back. */
  readonly #firing = new Map<string, string>()

  constructor(clock: SimClock, goBack: GoBack) {
    this.#clock = clock
    this.#goBack = goBack
  }

  /** Whoever changes the component now knows better than the change before. */
  began(operation: Operation): void {
    const { component, fallback, timeoutMs } = operation
    this.#waiting.delete(component)
    if (fallback === undefined) return
    const armed = { operation, fallback, untilMs: this.#clock.nowMs() + timeoutMs + 60_000 }
    this.#waiting.set(component, armed)
    this.#look(component, armed)
  }

  /** Of what was changed has to be heard soon. */
  ended({ id, component }: Operation): void {
    this.#extend(component, id, REACHABLE_MS)
  }

  /** False where nothing of this operation waits any more. 0: it waits for nobody. */
  holdOff(component: string, operationId: string, forMs: number): boolean {
    if (this.#waiting.get(component)?.operation.id !== operationId) return false
    if (forMs === 0) this.#waiting.delete(component)
    else this.#extend(component, operationId, forMs)
    return true
  }

  confirmed(component: string): void {
    this.#waiting.delete(component)
  }

  isFiring(component: string): boolean {
    return this.#firing.has(component)
  }

  of(component: string): { operationId: string; leftMs: number } | undefined {
    const armed = this.#waiting.get(component)
    const fired = this.#firing.get(component)
    if (fired !== undefined) return { operationId: fired, leftMs: 0 }
    if (armed === undefined) return undefined
    return { operationId: armed.operation.id, leftMs: Math.max(0, armed.untilMs - this.#clock.nowMs()) }
  }

  restarted(): void {
    for (const [component, { operation }] of this.#waiting) this.#extend(component, operation.id, AFTER_RESTART_MS)
  }

  #extend(component: string, operationId: string, forMs: number): void {
    const armed = this.#waiting.get(component)
    if (armed?.operation.id !== operationId) return
    armed.untilMs = this.#clock.nowMs() + forMs
    this.#look(component, armed)
  }

  #look(component: string, armed: Armed): void {
    this.#clock.setTimer(armed.untilMs - this.#clock.nowMs(), () => {
      if (this.#waiting.get(component) !== armed || armed.untilMs > this.#clock.nowMs()) return
      this.#waiting.delete(component)
      this.#firing.set(component, armed.operation.id)
      void this.#fire(component, armed)
    })
  }

  async #fire(component: string, { fallback, operation }: Armed): Promise<void> {
    while ((await this.#goBack(fallback, operation)) === 'again') await this.#clock.sleep(LOOK_MS)
    this.#firing.delete(component)
  }
}
