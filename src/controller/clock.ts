// Time and chance as a tool that is passed in, so that the simulation can own both.

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** In [0, 1). */
  random(): number
  /** Lets input and output, and whoever else waits, have their turn; of those who ask for one, each gets a turn of its own. */
  nextTurn(): Promise<void>
  /** Calls back once after the time; returns how to cancel it. */
  setTimer(delayMs: number, callback: () => void): () => void
}

/** Thousands of passes in one turn of the event loop would keep a connection waiting that needs many turns to open. */
let lastTurn = Promise.resolve()

export const systemClock: Clock = {
  nowMs: () => Date.now(),
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
