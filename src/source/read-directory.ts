// One reading of a desired-state directory: every file below it, and what stood in the way.
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { isDocumentFile } from '../spec/document-file.ts'
import { isIgnoredName, isUnprintableName } from './entry-name.ts'
import { readTextFile } from './read-text-file.ts'

const MAX_ENTRIES = 20_000
const MAX_DEPTH = 16
const MAX_TOTAL_BYTES = 16 * 1024 * 1024

export interface DirectoryReading {
  /** Where the directory really is, symbolic links followed. */
  realRoot: string
  files: Map<string, string>
  /** By path relative to the root. */
  problems: Map<string, string>
  /** When anything in it was last written, added, renamed or removed, milliseconds since the epoch. */
  changedAtMs: number
}

/** The directory as a whole cannot be read; what was read before stays in force. */
export class DirectoryError extends Error {
  override name = 'DirectoryError'
}

/** Reads everything once. Throws `DirectoryError` when the directory is missing, unreadable, no directory, or too much. */
export async function readDirectory(root: string): Promise<DirectoryReading> {
  const realRoot = await realpath(root).catch((cause: unknown) => refuse(root, cause))
  const reading: Walk = { realRoot, files: new Map(), problems: new Map(), changedAtMs: 0, entries: 0, sizeBytes: 0 }
  try {
    await walk(reading, '', 0)
  } catch (cause) {
    if (cause instanceof DirectoryError) throw cause
    refuse(root, cause)
  }
  return reading
}

interface Walk extends DirectoryReading {
  entries: number
  sizeBytes: number
}

function refuse(root: string, cause: unknown): never {
  const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : (cause as Error).message
  throw new DirectoryError(`the directory ${root} cannot be read: ${reason}`, { cause })
}

async function walk(reading: Walk, folder: string, depth: number): Promise<void> {
  const real = join(reading.realRoot, folder)
  // First the time, then the names: a change in between is seen as recent by the next reading at the latest.
  changed(reading, (await stat(real)).ctimeMs)
  const entries = await readdir(real, { withFileTypes: true })
  const taken: (() => Promise<void>)[] = []
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (isIgnoredName(entry.name)) continue
    reading.entries += 1
    if (reading.entries > MAX_ENTRIES) throw new DirectoryError(`the directory has more than ${MAX_ENTRIES} files`)
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (isUnprintableName(entry.name)) {
      reading.problems.set(folder || '.', `a name here has invisible characters: ${JSON.stringify(entry.name)}`)
    } else if (entry.isDirectory()) await enter(reading, path, depth + 1)
    else taken.push(() => take(reading, path, entry))
  }
  while (taken.length > 0) await Promise.all(taken.splice(0, OPEN_AT_ONCE).map((one) => one()))
}

const OPEN_AT_ONCE = 16

/** A folder that cannot be read is a problem of its own; the rest is read all the same. */
async function enter(reading: Walk, path: string, depth: number): Promise<void> {
  if (depth > MAX_DEPTH) {
    reading.problems.set(path, `folders inside one another are read ${MAX_DEPTH} levels deep only`)
    return
  }
  try {
    await walk(reading, path, depth)
  } catch (error) {
    if (error instanceof DirectoryError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') changed(reading, Date.now())
    else reading.problems.set(path, `the folder cannot be read: ${(error as Error).message}`)
  }
}

async function take(reading: Walk, path: string, entry: Dirent): Promise<void> {
  const target = entry.isSymbolicLink() ? await follow(reading, path) : join(reading.realRoot, path)
  if (target === undefined) return
  const file = await readTextFile(target)
  if (file.kind === 'text') {
    reading.sizeBytes += file.text.length
    if (reading.sizeBytes > MAX_TOTAL_BYTES)
      throw new DirectoryError(`the files together are larger than ${MAX_TOTAL_BYTES} bytes`)
    reading.files.set(path, file.text)
    changed(reading, file.changedAtMs)
  } else if (file.kind === 'gone') changed(reading, Date.now())
  // A picture or an archive beside the YAML is nobody's problem until a component refers to it.
  else if (file.kind === 'failed' || isDocumentFile(path)) reading.problems.set(path, file.message)
}

/** Where a symbolic link leads, if that is a file of this very directory. */
async function follow(reading: Walk, path: string): Promise<string | undefined> {
  try {
    const target = await realpath(join(reading.realRoot, path))
    if (!target.startsWith(`${reading.realRoot}${sep}`))
      reading.problems.set(path, 'this symbolic link leads out of the directory; it is not followed')
    else if ((await stat(target)).isDirectory())
      reading.problems.set(path, 'this symbolic link leads to a folder; only links to files are followed')
    else return target
  } catch (error) {
    reading.problems.set(path, `this symbolic link leads nowhere: ${(error as Error).message}`)
  }
  return undefined
}

function changed(reading: Walk, atMs: number): void {
  reading.changedAtMs = Math.max(reading.changedAtMs, atMs)
}
