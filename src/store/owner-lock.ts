// One controller per store. The lock is SQLite's own exclusive lock on a file beside the store: the kernel drops it with the
// process, however it ends, so that nobody ever has to clear a stale one, and a reused process number fools nobody.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from './private-file.ts'
import { toStoreError } from './sqlite-error.ts'
import { StoreError } from './store.ts'

export interface OwnerLock {
  release(): void
}

interface Owner {
  pid: number
  host: string
  sinceMs: number
}

/** Throws `StoreError` of kind `held` when another controller has the store; the message says which. Does not wait. */
export function acquireOwnerLock(storePath: string, nowMs: number): OwnerLock {
  const lockPath = `${storePath}.lock`
  const ownerPath = `${storePath}.owner`
  createPrivateFile(lockPath)
  const database = openLock(lockPath)
  try {
    // The lock file stays empty, so its journal can stay in memory.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    throw refusal(cause, storePath, ownerPath)
  }
  writeOwner(ownerPath, { pid: process.pid, host: hostname(), sinceMs: nowMs })
  return { release: () => releaseLock(database, ownerPath) }
}

function openLock(lockPath: string): DatabaseSync {
  try {
    return new DatabaseSync(lockPath, { timeout: 0 })
  } catch (cause) {
    throw toStoreError(cause, 'opening the lock of the store at', lockPath)
  }
}

function releaseLock(database: DatabaseSync, ownerPath: string): void {
  rmSync(ownerPath, { force: true })
  database.exec('ROLLBACK')
  database.close()
}

function refusal(cause: unknown, storePath: string, ownerPath: string): unknown {
  const error = toStoreError(cause, 'locking the store', storePath)
  if (!(error instanceof StoreError) || error.kind !== 'held') return error
  const owner = readOwner(ownerPath)
  const who =
    owner === undefined
      ? 'another controller (it has not said which yet)'
      : `process ${owner.pid} on ${owner.host} since ${new Date(owner.sinceMs).toISOString()}`
  return new StoreError(
    'held',
    `the store ${storePath} is held by ${who}; only one controller may write to it: stop that one first, or give this one a state directory of its own`,
    { cause },
  )
}

function writeOwner(ownerPath: string, owner: Owner): void {
  writeFileSync(`${ownerPath}.new`, JSON.stringify(owner), { mode: 0o600 })
  renameSync(`${ownerPath}.new`, ownerPath)
}

// The record is for people only; the lock alone decides. One that is missing or garbled costs the name, nothing else.
function readOwner(ownerPath: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(ownerPath, 'utf8'))
    return isOwner(owner) ? owner : undefined
  } catch {
    return undefined
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false
  const { pid, host, sinceMs } = value as Record<string, unknown>
  return Number.isInteger(pid) && typeof host === 'string' && Number.isFinite(sinceMs)
}
