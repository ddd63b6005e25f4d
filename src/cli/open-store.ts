// Opens the store for a verb, and says what to do where there is none.
import type { SqliteStoreOptions } from '../store/sqlite-store.ts'
import { type ListingStore, StoreError } from '../store/store.ts'
import { CliError, exitCodes } from './exit.ts'

export interface OpenStoreOptions extends Pick<SqliteStoreOptions, 'onBadRow'> {
  mode: 'reader' | 'writer'
  nowMs: number
}

/** Rejects with `CliError` when a reader finds no store, and with `StoreError` for everything else. */
export async function openStoreAt(path: string, options: OpenStoreOptions): Promise<ListingStore> {
  // Loaded when needed: help, completion and version start faster without it.
  const { openSqliteStore } = await import('../store/sqlite.ts')
  try {
    return await openSqliteStore(path, options)
  } catch (error) {
    throw error instanceof StoreError && error.kind === 'missing' ? noStore(path, error) : error
  }
}

function noStore(path: string, cause: StoreError): CliError {
  return new CliError(
    `there is no store at ${path} yet: no controller has run with this state directory.\n` +
      'Start one with `homeostat run`, or try `homeostat demo`. Another place: --state DIR or HOMEOSTAT_STATE.',
    exitCodes.failed,
    cause,
  )
}
