// Between nouns and the texts that the store keeps: checked on the way in and on the way out, bounded, and with a checksum,
// because SQLite has none for its pages and a flipped bit inside a text would go unnoticed.
import type * as Zlib from 'node:zlib'
import type { Event } from '../model/status.ts'
import type { RowCheck } from './row-checks.ts'
import { StoreError } from './store.ts'

/** Longest message of an event that is kept, in characters. */
export const MAX_MESSAGE_CHARACTERS = 4096
/** Largest details of an event that are kept, in characters of JSON; larger ones are left out and said to be. */
export const MAX_DETAILS_CHARACTERS = 32_768

export interface Row {
  body: string
  checksum: number
}

let zlib: typeof Zlib | undefined

/** Loads zlib at its first use: a list needs no checksum, and would wait some milliseconds for all the streams of zlib. */
function checksumOf(text: string): number {
  zlib ??= process.getBuiltinModule('node:zlib')
  return zlib.crc32(text)
}

/** Throws `StoreError` of kind `row` when the value would not read back: better now than after a restart. */
export function encodeRow<T>(check: RowCheck<T>, value: T, name: string): Row {
  const body = JSON.stringify(value)
  checkShape(check, JSON.parse(body), name, 'was not written')
  return { body, checksum: checksumOf(body) }
}

/** Throws `StoreError` of kind `row` when the text is not what was written or not what it should be. */
export function decodeRow<T>(check: RowCheck<T>, row: Row, name: string): T {
  if (checksumOf(row.body) !== row.checksum) throw badRow(name, 'its checksum does not match: the file was damaged')
  let value: unknown
  try {
    value = JSON.parse(row.body)
  } catch (cause) {
    throw badRow(name, 'it is not JSON', cause)
  }
  return checkShape(check, value, name, 'does not read back')
}

/** The event as it is kept: message and details cut to their bounds, the id left to the store. */
export function boundEvent(event: Event): Event {
  const { id: _, ...kept } = event
  if (kept.message.length > MAX_MESSAGE_CHARACTERS)
    kept.message = `${kept.message.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`
  const size = kept.details === undefined ? 0 : JSON.stringify(kept.details).length
  if (size > MAX_DETAILS_CHARACTERS) kept.details = { omitted: `details of ${size} characters` }
  return kept
}

/** Every revision that occurs anywhere in a status: desired, last good, intent, or inside the lifecycle's context. */
export function revisionsIn(statusBody: string): string[] {
  return statusBody.match(/(?<=")[0-9a-f]{64}(?=")/g) ?? []
}

// The value itself is returned, not zod's copy: a field that the schema does not know yet is kept.
function checkShape<T>(check: RowCheck<T>, value: unknown, name: string, outcome: string): T {
  if (check.holds(value)) return value
  throw badRow(name, `${outcome}: ${check.problem(value)}`)
}

function badRow(name: string, what: string, cause?: unknown): StoreError {
  return new StoreError('row', `store row ${name}: ${what}`, { row: name, cause })
}
