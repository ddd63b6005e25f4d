// Runs the writes of one SQLite connection, each as a transaction, until the disk fails under it.
import type { DatabaseSync } from 'node:sqlite'
import { isUncertain, toStoreError } from './sqlite-error.ts'
import { StoreError } from './store.ts'

/**
 * All or nothing, and on disk when it returns, or, where it may wait, with the next one. After an I/O error nothing more is written: what
 * reached the disk is unknown.
 */
export function transactions(database: DatabaseSync, path: string) {
  let failure: { cause: unknown } | undefined
  const lost = (attempt: string, cause: unknown) =>
    new StoreError(
      'lost',
      `${attempt} ${path}: the disk failed and what reached it is unknown; start the controller again`,
      {
        cause,
      },
    )
  return <T>(attempt: string, work: () => T, { mayWait = false } = {}): T => {
    if (failure !== undefined) throw lost(attempt, failure.cause)
    try {
      if (mayWait) synchronise(database, 'NORMAL')
      database.exec('BEGIN IMMEDIATE')
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      const undoing = failureOfRollback(database)
      if (!isUncertain(error)) throw toStoreError(error, attempt, path, undoing)
      failure = { cause: undoing === undefined ? error : new AggregateError([error, undoing]) }
      throw lost(attempt, failure.cause)
    } finally {
      if (mayWait) synchronise(database, 'FULL')
    }
  }
}

/** The log is written in order: what is synchronised later takes along what was not (https://sqlite.org/pragma.html#pragma_synchronous). */
function synchronise(database: DatabaseSync, mode: 'NORMAL' | 'FULL'): void {
  // Where a transaction could not be undone it cannot be changed, and nothing more is written.
  if (database.isOpen && !database.isTransaction) database.exec(`PRAGMA synchronous = ${mode}`)
}

function failureOfRollback(database: DatabaseSync): unknown {
  try {
    // SQLite ends the transaction by itself after some errors (https://sqlite.org/lang_transaction.html).
    if (database.isTransaction) database.exec('ROLLBACK')
    return undefined
  } catch (error) {
    return error
  }
}
