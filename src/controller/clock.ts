// Time and chance as a tool that is passed in, so that the simulation can own both.

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** In [0, 1). */
  random(): number
  /** Lets input and output, and whoever else waits, have their turn. */
  nextTurn(): Promise<void>
  /** Calls back once after the time; returns how to cancel it. */
  setTimer(delayMs: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
}

/** setTimeout takes 32 bits of milliseconds and fires at once beyond. */
const MAX_TIMER_MS = 2 ** 31 - 1
