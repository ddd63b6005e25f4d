// A real directory to watch, and a way to wait for what its source tells.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type DirectoryOptions, directorySource } from '../../../src/source/directory.ts'
import type { SourceSnapshot } from '../../../src/source/source.ts'

export interface DesiredDirectory extends AsyncDisposable {
  /** Where things around the directory can be put. */
  around: string
  /** The directory itself. */
  root: string
  write(path: string, text: string): Promise<void>
}

/** A directory with one file, removed when it goes out of scope. */
export async function desiredDirectory(): Promise<DesiredDirectory> {
  const around = await mkdtemp(join(tmpdir(), 'homeostat-source-'))
  const root = join(around, 'desired-state')
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await write('a.yaml', 'a: 1\n')
  return { around, root, write, [Symbol.asyncDispose]: () => rm(around, { recursive: true, force: true }) }
}

export interface Watched extends AsyncDisposable {
  /** Snapshots that were told of, the oldest first. */
  seen: SourceSnapshot[]
  /** Resolves with what was there when something stirred, the first time from now on. */
  stirred(): Promise<SourceSnapshot | undefined>
  /** Resolves with the first snapshot, told of by now or later, that fits; rejects when none does within a minute. */
  until(fits: (snapshot: SourceSnapshot) => boolean): Promise<SourceSnapshot>
}

/** Watches the directory, without the poll unless `pollMs` says otherwise. */
export async function watched(root: string, options: DirectoryOptions = {}): Promise<Watched> {
  const source = directorySource(root, { pollMs: 3_600_000, ...options })
  await source.current()
  const seen: SourceSnapshot[] = []
  const waiting = new Set<() => void>()
  const stirs = new Set<(snapshot: SourceSnapshot | undefined) => void>()
  const changed = async () => {
    seen.push(await source.current())
    for (const look of waiting) look()
  }
  const stir = async () => {
    const snapshot = await source.glimpse?.()
    for (const resolve of stirs) resolve(snapshot)
    stirs.clear()
  }
  source.watch(
    () => void changed(),
    () => void stir(),
  )
  const stirred = () => new Promise<SourceSnapshot | undefined>((resolve) => stirs.add(resolve))
  const until = (fits: (snapshot: SourceSnapshot) => boolean) =>
    new Promise<SourceSnapshot>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`only ${JSON.stringify(seen)} was seen`)), 60_000)
      const look = () => {
        const found = seen.find(fits)
        if (found === undefined) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { seen, stirred, until, [Symbol.asyncDispose]: () => source.close() }
}
