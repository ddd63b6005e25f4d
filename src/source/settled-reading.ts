// Reads a directory when nobody is writing in it: a checkout or a save is a burst of changes, and half of one is no state.
import { setTimeout as delay } from 'node:timers/promises'
import { type DirectoryReading, readDirectory } from './read-directory.ts'

export interface Patience {
  /** How long nothing must have changed, in milliseconds. */
  quietMs: number
  /** How long where something that was there is missing: whoever is in the middle of a checkout or a save is still at it. */
  lossMs: number
  /** How long to wait for that altogether, in milliseconds; then what is there counts. */
  maxWaitMs: number
}

type Texts = Readonly<Record<string, string>>

/**
 * The first reading that is older than its newest change by `quietMs`, or by `lossMs` where it lacks something of the texts
 * `before`. Throws `DirectoryError`.
 */
export async function readSettled(root: string, patience: Patience, before: Texts = {}): Promise<DirectoryReading> {
  const { quietMs, lossMs, maxWaitMs } = patience
  const giveUpAtMs = Date.now() + maxWaitMs
  for (;;) {
    const startedAtMs = Date.now()
    const reading = await readDirectory(root)
    const ageMs = startedAtMs - reading.changedAtMs
    const neededMs = lacksSomething(reading, before) ? Math.max(quietMs, lossMs) : quietMs
    // A change that lies in the future tells of a clock that is wrong, not of a writer.
    const isFuture = ageMs < -maxWaitMs
    if (ageMs >= neededMs || isFuture || startedAtMs >= giveUpAtMs) return reading
    await delay(Math.max(1, Math.min(neededMs - ageMs, giveUpAtMs - startedAtMs)))
  }
}

/** A file is gone or cut off: empty, or without the end of its last line. */
function lacksSomething({ files }: DirectoryReading, before: Texts): boolean {
  return Object.entries(before).some(([path, text]) => {
    const now = files.get(path)
    return now !== text && (now === undefined || now === '' || (text.endsWith('\n') && !now.endsWith('\n')))
  })
}
