// The default store: one SQLite file in write-ahead mode with full synchronisation, one writer, any number of readers.
import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { acquireOwnerLock, type OwnerLock } from './owner-lock.ts'
import { createPrivateFile, makePrivateDirectory, syncDirectoryOf } from './private-file.ts'
import { outlineChecks } from './row-checks.ts'
import { freeName, migrate, migrations, refuseNewer, schemaVersion, timeInName } from './schema.ts'
import { toStoreError } from './sqlite-error.ts'
import { createSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'
import { type ListingStore, StoreError } from './store.ts'

export interface OpenOptions extends Pick<SqliteStoreOptions, 'maxEvents' | 'onBadRow'> {
  /** A writer is the one controller; a reader works beside it and without it, and changes nothing. */
  mode: 'writer' | 'reader'
  nowMs: number
}

/** Up to this size the whole file is checked at start; beyond it indexes are not compared with their tables. */
const FULL_CHECK_BYTES = 64 * 1024 * 1024
/** SQLite before this loses or damages data when several connections checkpoint (https://sqlite.org/wal.html#walresetbug). */
const OLDEST_SQLITE = [3, 51, 3]
const BUSY_TIMEOUT_MS = 5000

/**
 * Opens the store at a path; a writer creates it, with its directory, where there is none. Throws `StoreError`: `held`
 * (another writer), `damaged`, `newer`, `io`, and for a reader `missing` and `older`.
 */
export async function openSqliteStore(path: string, options: OpenOptions): Promise<ListingStore> {
  assertSqliteVersion(process.versions.sqlite ?? '0')
  return options.mode === 'reader' ? openReader(path, options) : openWriter(path, options)
}

/** Throws `StoreError` of kind `io` when this SQLite must not be trusted with a write-ahead log. */
export function assertSqliteVersion(version: string): void {
  const found = version.split('.').map(Number)
  const difference = OLDEST_SQLITE.map((least, part) => (found[part] ?? 0) - least).find((part) => part !== 0) ?? 0
  if (difference >= 0) return
  throw new StoreError(
    'io',
    `SQLite ${version} can damage its file; ${OLDEST_SQLITE.join('.')} or newer is needed: use a newer Node`,
  )
}

/**
 * Moves the files of a damaged store aside, within its directory, and never deletes any; the next writer starts an empty
 * store. Returns the new paths. Throws `StoreError` of kind `held` while a controller has the store.
 */
export function quarantineStore(path: string, nowMs: number): string[] {
  const lock = acquireOwnerLock(path, nowMs)
  try {
    const aside = freeName(`${path}.damaged-${timeInName(nowMs)}`, '')
    const moved = ['', '-wal', '-shm']
      .filter((suffix) => existsSync(path + suffix))
      .map((suffix) => {
        renameSync(path + suffix, aside + suffix)
        return aside + suffix
      })
    syncDirectoryOf(path)
    return moved
  } finally {
    lock.release()
  }
}

function openReader(path: string, options: OpenOptions): ListingStore {
  if (!existsSync(path)) {
    throw new StoreError('missing', `there is no store at ${path}: no controller has run with this state directory yet`)
  }
  return withDatabase(path, { readOnly: true }, (database) => {
    refuseNewer(database, path)
    const version = schemaVersion(database)
    if (version === 0)
      throw new StoreError('damaged', `the file ${path} is not a store of this program, or was emptied`)
    if (version < migrations.length) {
      throw new StoreError(
        'older',
        `the store ${path} is of an older version (${version}); start the controller once to bring it up to date`,
      )
    }
    return createSqliteStore(database, { path, checks: outlineChecks, ...options })
  })
}

async function openWriter(path: string, options: OpenOptions): Promise<ListingStore> {
  makePrivateDirectory(path)
  const lock = acquireOwnerLock(path, options.nowMs)
  try {
    if (!existsSync(path)) await createEmptyStore(path, options.nowMs)
    return await openLocked(path, options, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function openLocked(path: string, options: OpenOptions, lock: OwnerLock): Promise<ListingStore> {
  chmodSync(path, 0o600)
  // Loaded when needed: a reader starts faster without the schemas.
  const { fullChecks: checks } = await import('./full-checks.ts')
  return withDatabase(path, {}, async (database) => {
    refuseNewer(database, path)
    checkIntegrity(database, path)
    configure(database)
    await migrate(database, path, { nowMs: options.nowMs })
    return createSqliteStore(database, { path, checks, ...options, onClose: () => lock.release() })
  })
}

// Built under another name and renamed, so that a file of this name without tables can only be a damaged one.
async function createEmptyStore(path: string, nowMs: number): Promise<void> {
  const fresh = `${path}.new`
  for (const suffix of ['', '-wal', '-shm']) rmSync(fresh + suffix, { force: true })
  createPrivateFile(fresh)
  await withDatabase(fresh, {}, async (database) => {
    configure(database)
    await migrate(database, fresh, { nowMs })
    database.close()
  })
  renameSync(fresh, path)
  syncDirectoryOf(path)
}

function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = ${16 * 1024 * 1024};
  `)
}

function checkIntegrity(database: DatabaseSync, path: string): void {
  if (schemaVersion(database) === 0)
    throw new StoreError('damaged', `the file ${path} is not a store of this program, or was emptied`)
  const check = statSync(path).size <= FULL_CHECK_BYTES ? 'integrity_check' : 'quick_check'
  const finding = String(database.prepare(`PRAGMA ${check}(1)`).get()?.[check])
  if (finding !== 'ok') throw new StoreError('damaged', `the store ${path} is damaged: ${finding}`)
}

/** Closes the connection when the work throws, and gives the error as a `StoreError`. */
function withDatabase<T>(path: string, options: { readOnly?: boolean }, work: (database: DatabaseSync) => T): T {
  const translate = (error: unknown) => toStoreError(error, 'opening the store', path)
  let database: DatabaseSync | undefined
  const give = (error: unknown): never => {
    if (database?.isOpen) database.close()
    throw translate(error)
  }
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, ...options })
    const result = work(database)
    return result instanceof Promise ? (result.catch(give) as T) : result
  } catch (error) {
    return give(error)
  }
}
