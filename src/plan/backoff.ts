// How long to wait before trying again. Pure: the random number is an argument.

/** Milliseconds before the next drift correction: 2 s, times 3 for each one before, at most 5 minutes; the first is at once. */
export function driftBackoffMs(corrections: number): number {
  return corrections === 0 ? 0 : Math.min(2_000 * 3 ** (corrections - 1), 300_000)
}

/** Milliseconds before the next attempt: 5 s, doubled per failure, at most 15 minutes, ± 10 %. `random` is in [0, 1). */
export function retryBackoffMs(failures: number, random: number): number {
  const baseMs = Math.min(5_000 * 2 ** Math.min(failures, 12), 900_000)
  return Math.round(baseMs * (0.9 + 0.2 * random))
}
