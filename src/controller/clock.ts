// Time and chance as a tool that is passed in, so that the simulation can own both.

export interface Clock {
  /**
   * Milliseconds since the epoch. It runs steadily: when the wall clock is set, by hand, by NTP or because the machine had been
   * suspended, nothing that is under way ends early or waits longer.
   */
  nowMs(): number
  /** Takes over what the wall clock was set by, and returns that, in milliseconds; 0 when it was not. For when nothing is under way. */
  follow(): number
  /** In [0, 1). */
  random(): number
  /** Lets input and output, and whoever else waits, have their turn; of those who ask for one, each gets a turn of its own. */
  nextTurn(): Promise<void>
  /** Calls back once after the time; returns how to cancel it. */
  setTimer(delayMs: number, callback: () => void): () => void
}

/** What differs by less is no step: a clock that is slewed. */
const SMALLEST_STEP_MS = 1_000

/** The time of a wall clock that may be set, told by one that cannot: both in milliseconds, the second from any beginning. */
export function steadyClock(wallMs: () => number, monotonicMs: () => number): Pick<Clock, 'nowMs' | 'follow'> {
  let beginningMs = wallMs() - monotonicMs()
  const nowMs = () => Math.round(beginningMs + monotonicMs())
  return {
    nowMs,
    follow: () => {
      const stepMs = wallMs() - nowMs()
      if (Math.abs(stepMs) < SMALLEST_STEP_MS) return 0
      beginningMs += stepMs
      return stepMs
    },
  }
}

/** Thousands of passes in one turn of the event loop would keep a connection waiting that needs many turns to open. */
let lastTurn = Promise.resolve()

export const systemClock: Clock = {
  ...steadyClock(
    () => Date.now(),
    () => performance.now(),
  ),
  random: () => Math.random(),
  nextTurn: () => {
    lastTurn = lastTurn.then(() => new Promise((resolve) => setImmediate(resolve)))
    return lastTurn
  },
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
}

/** setTimeout takes 32 bits of milliseconds and fires at once beyond. */
const MAX_TIMER_MS = 2 ** 31 - 1
