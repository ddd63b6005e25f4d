// Virtual time and seeded chance for the simulation: timers fire in order, nothing waits.
import type { Clock } from '../../../src/controller/clock.ts'
import { never } from './faults.ts'
import { type Timer, TimerHeap } from './timer-heap.ts'

/** mulberry32: small, seeded, good enough to draw faults. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** When every simulation begins, milliseconds since the epoch. */
export const BEGINNING_MS = 1_700_000_000_000

export class SimClock implements Clock {
  #now = BEGINNING_MS
  #wallAheadMs = 0
  #order = 0
  #turns = 0
  #turnsAtMs = 0
  readonly #timers = new TimerHeap()
  readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  nowMs(): number {
    return this.#now
  }

  /** What the clock on the wall of the controller's machine says; the hosts have clocks of their own. */
  wallMs(): number {
    return this.#now + this.#wallAheadMs
  }

  /** Somebody sets that clock, by so much. */
  setWall(byMs: number): void {
    this.#wallAheadMs += byMs
  }

  follow(): number {
    return 0
  }

  /** Passes that follow one another without any time in between would go on for ever: they are stopped, and `advance` says so. */
  nextTurn(): Promise<void> {
    this.#turns = this.#turnsAtMs === this.#now ? this.#turns + 1 : 1
    this.#turnsAtMs = this.#now
    return this.#turns > MOST_TURNS ? never() : Promise.resolve()
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    this.#order += 1
    const timer: Timer = { atMs: this.#now + Math.max(0, delayMs), order: this.#order, callback }
    this.#timers.push(timer)
    return () => {
      timer.callback = undefined
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(ms, resolve))
  }

  /** What people see is set back; how long timers have still to run stays. */
  setBack(ms: number): void {
    this.#now -= ms
    this.#timers.shift(-ms)
  }

  /** Lets virtual time pass; `afterEach` runs when everything that a timer caused has settled. */
  async advance(ms: number, afterEach: () => void = () => undefined): Promise<void> {
    const endMs = this.#now + ms
    await settle()
    for (let next = this.#timers.pop(endMs); next !== undefined; next = this.#timers.pop(endMs)) {
      this.#now = Math.max(this.#now, next.atMs)
      next.callback?.()
      await settle()
      if (this.#turns > MOST_TURNS) throw new Error(`L3: ${MOST_TURNS} passes, and no time has passed`)
      afterEach()
    }
    this.#now = endMs
  }
}

/** More than all keys of a large world want at once. */
const MOST_TURNS = 10_000

/** Every promise that can resolve without time passing has resolved. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
