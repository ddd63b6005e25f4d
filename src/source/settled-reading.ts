// Reads a directory when nobody is writing in it: a checkout or a save is a burst of changes, and half of one is no state.
import { setTimeout as delay } from 'node:timers/promises'
import { type DirectoryReading, readDirectory } from './read-directory.ts'

export interface Patience {
  /** How long nothing must have changed, in milliseconds. */
  quietMs: number
  /** How long to wait for that altogether, in milliseconds; then what is there counts. */
  maxWaitMs: number
}

/** The first reading that is older than its newest change by `quietMs`. Throws `DirectoryError`. */
export async function readSettled(root: string, { quietMs, maxWaitMs }: Patience): Promise<DirectoryReading> {
  const giveUpAtMs = Date.now() + maxWaitMs
  for (;;) {
    const startedAtMs = Date.now()
    const reading = await readDirectory(root)
    const ageMs = startedAtMs - reading.changedAtMs
    // A change that lies in the future tells of a clock that is wrong, not of a writer.
    const isFuture = ageMs < -maxWaitMs
    if (ageMs >= quietMs || isFuture || startedAtMs >= giveUpAtMs) return reading
    await delay(Math.max(1, Math.min(quietMs - ageMs, giveUpAtMs - startedAtMs)))
  }
}
