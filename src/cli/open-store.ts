// Opens the store for a verb, and says what to do where there is none or it cannot be used.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Store, StoreError } from '../store/store.ts'
import { CliError } from './exit.ts'

/** Rejects with `CliError` when a reader finds no store, and for everything that `StoreError` stands for. */
export async function openStoreAt(path: string, mode: 'reader' | 'writer', nowMs: () => number): Promise<Store> {
  if (mode === 'reader' && !existsSync(path)) throw noStore(path)
  if (mode === 'writer') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const { openSqliteStore } = await import('../store/sqlite.ts')
  try {
    return await openSqliteStore(path, { mode, nowMs })
  } catch (error) {
    if (error instanceof StoreError) throw new CliError(`the store ${path} cannot be used: ${error.message}`, 2, error)
    throw error
  }
}

function noStore(path: string): CliError {
  return new CliError(
    `there is no store at ${path} yet: no controller has run with this state directory.\n` +
      'Start one with `homeostat run`, or try `homeostat demo`. Another place: --state DIR or HOMEOSTAT_STATE.',
  )
}
