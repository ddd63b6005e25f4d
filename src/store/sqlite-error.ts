// Turns SQLite's result codes (https://sqlite.org/rescode.html) into the few kinds of trouble that the controller tells apart.
import { StoreError, type StoreErrorKind } from './store.ts'

const kinds: Record<number, StoreErrorKind> = {
  5: 'held', // SQLITE_BUSY
  6: 'held', // SQLITE_LOCKED
  8: 'io', // SQLITE_READONLY
  10: 'io', // SQLITE_IOERR
  11: 'damaged', // SQLITE_CORRUPT
  13: 'io', // SQLITE_FULL
  14: 'io', // SQLITE_CANTOPEN
  24: 'damaged', // SQLITE_FORMAT
  26: 'damaged', // SQLITE_NOTADB
}

const advice: Partial<Record<StoreErrorKind, string>> = {
  held: 'another program keeps it locked',
  io: 'the disk refused; nothing was changed',
  damaged: 'the file is damaged; set it aside and let the controller rebuild it from the hosts',
}

/**
 * A `StoreError` that says what was tried on which file; what is not SQLite's own error comes back as it is. Where undoing
 * failed as well, the cause holds both errors, the first one first.
 */
export function toStoreError(error: unknown, attempt: string, path: string, undoing?: unknown): unknown {
  const code = resultCode(error)
  const kind = kinds[(code ?? 0) & 0xff]
  const cause = undoing === undefined ? error : new AggregateError([error, undoing], 'undoing the write failed too')
  if (code === undefined || kind === undefined) return undoing === undefined ? error : cause
  return new StoreError(kind, `${attempt} ${path}: ${(error as Error).message}: ${advice[kind]}`, { cause })
}

/** True after an I/O error: SQLite cannot know what reached the disk, so the connection is not to be written through again. */
export function isUncertain(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === 10
}

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
}
