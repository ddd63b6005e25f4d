// Desired state from a directory. File events are hints that make it quick; every decision is made on a reading of everything,
// and a slow poll finds what no event tells (a swapped symbolic link, a network file system, a watch that went deaf).
import { createHash } from 'node:crypto'
import type { Issue } from '../model/issue.ts'
import { watchHints } from './change-hints.ts'
import { quietTimer } from './quiet-timer.ts'
import { type DirectoryReading, readDirectory } from './read-directory.ts'
import { type Patience, readSettled } from './settled-reading.ts'
import type { Source, SourceSnapshot } from './source.ts'

export interface DirectoryOptions extends Partial<Patience> {
  /** Time between readings that no event asked for, in milliseconds; default 30 s. */
  pollMs?: number
  /** Told when file events cannot be had (too many watches, say); the poll goes on. */
  onWatchError?(error: unknown): void
}

/** The directory need not exist yet. `quietMs` is 20, `lossMs` 150 and `maxWaitMs` 500 unless said otherwise. */
export function directorySource(root: string, options: DirectoryOptions = {}): Source {
  return new DirectorySource(root, options)
}

class DirectorySource implements Source {
  readonly #root: string
  readonly #patience: Patience
  readonly #pollMs: number
  readonly #onWatchError: (error: unknown) => void
  /** Where the directory really was at the last reading: what is watched. */
  #realRoot: string
  #last: SourceSnapshot = { files: {}, revision: revisionOf({}), problems: [] }
  /** Readings follow one another, so that an older one never replaces a newer one. */
  #reading: Promise<unknown> = Promise.resolve()
  /** What was just told to be there, and nothing has stirred since: it need not be read once more. */
  #told: SourceSnapshot | undefined
  #stop: (() => Promise<void>) | undefined

  constructor(root: string, options: DirectoryOptions) {
    const { quietMs = 20, lossMs = 150, maxWaitMs = 500, pollMs = 30_000, onWatchError } = options
    this.#root = root
    this.#realRoot = root
    this.#patience = { quietMs, lossMs, maxWaitMs }
    this.#pollMs = pollMs
    this.#onWatchError = onWatchError ?? (() => undefined)
  }

  current(): Promise<SourceSnapshot> {
    const next = this.#reading.then(() => this.#take() ?? this.#read())
    this.#reading = next
    return next
  }

  async glimpse(): Promise<SourceSnapshot> {
    try {
      return this.#snapshot(await readDirectory(this.#root))
    } catch {
      return this.#last
    }
  }

  watch(onChange: () => void, onStir?: () => void): () => void {
    void this.#stop?.()
    let isOver = false
    let pollTimer: NodeJS.Timeout | undefined
    const touch = () => {
      this.#told = undefined
      if (quiet.touch()) onStir?.()
    }
    const hints = watchHints({ touch, onError: this.#onWatchError })
    const check = async () => {
      clearTimeout(pollTimer)
      const before = this.#last
      this.#told = undefined
      const after = await this.current()
      if (isOver) return
      hints.follow(this.#realRoot)
      pollTimer = setTimeout(() => void check(), this.#pollMs)
      if (isSame(before, after)) return
      this.#told = after
      onChange()
    }
    const quiet = quietTimer(this.#patience, () => void check())
    hints.follow(this.#realRoot)
    pollTimer = setTimeout(() => void check(), this.#pollMs)
    const stop = async () => {
      isOver = true
      quiet.cancel()
      clearTimeout(pollTimer)
      await hints.close()
    }
    this.#stop = stop
    return () => void stop()
  }

  async close(): Promise<void> {
    await this.#stop?.()
    await this.#reading
  }

  async #read(): Promise<SourceSnapshot> {
    try {
      const reading = await readSettled(this.#root, this.#patience, this.#last.files)
      this.#realRoot = reading.realRoot
      this.#last = this.#snapshot(reading)
    } catch (error) {
      this.#last = { ...this.#last, problems: [issue('.', (error as Error).message)] }
    }
    return this.#last
  }

  #snapshot(reading: DirectoryReading): SourceSnapshot {
    return snapshotOf(reading, this.#last, `the directory ${this.#root} is empty`)
  }

  /** Given out once. */
  #take(): SourceSnapshot | undefined {
    const told = this.#told
    this.#told = undefined
    return told
  }
}

/** A reading as a snapshot; what could not be read keeps its text of the snapshot before. */
function snapshotOf({ files, problems }: DirectoryReading, before: SourceSnapshot, ifEmpty: string): SourceSnapshot {
  if (files.size === 0 && problems.size === 0) return { ...before, problems: [issue('.', ifEmpty)] }
  const isUnread = (path: string) =>
    [...problems.keys()].some((it) => it === '.' || path === it || path.startsWith(`${it}/`))
  const kept = Object.entries(before.files).filter(([path]) => !files.has(path) && isUnread(path))
  const all = Object.fromEntries([...files, ...kept].sort(byPath))
  const issues = [...problems].sort(byPath).map(([path, message]) => issue(path, message))
  return { files: all, revision: revisionOf(all), problems: issues }
}

function byPath([one]: [string, string], [other]: [string, string]): number {
  return one < other ? -1 : 1
}

function issue(file: string, message: string): Issue {
  return { file, line: 0, column: 0, path: '', message }
}

function revisionOf(files: Record<string, string>): string {
  const hash = createHash('sha256')
  for (const [path, text] of Object.entries(files))
    hash.update(`${path.length} ${text.length} `).update(path).update(text)
  return hash.digest('hex')
}

function isSame(one: SourceSnapshot, other: SourceSnapshot): boolean {
  return one.revision === other.revision && JSON.stringify(one.problems) === JSON.stringify(other.problems)
}
