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
      return mayWait ? unsynced(database, () => committed(database, work)) : committed(database, work)
    } catch (error) {
      const undoing = failureOfRollback(database)
      if (!isUncertain(error)) throw toStoreError(error, attempt, path, undoing)
      failure = { cause: undoing === undefined ? error : new AggregateError([error, undoing]) }
      throw lost(attempt, failure.cause)
    }
  }
}

function committed<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  const result = work()
  database.exec('COMMIT')
  return result
}

/** The log is written in order: what is synchronised later takes this along (https://sqlite.org/pragma.html#pragma_synchronous). */
function unsynced<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = NORMAL')
  try {
    return work()
  } finally {
    // Within a transaction it would be ignored; one that failed is rolled back by then or takes the connection with it.
    if (database.isTransaction) database.exec('ROLLBACK')
    database.exec('PRAGMA synchronous = FULL')
  }
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
