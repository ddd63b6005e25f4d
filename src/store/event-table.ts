// The history in SQLite: appended to, searched from its end, and bounded by time and by number of rows.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { splitKey } from '../model/key.ts'
import type { Event } from '../model/status.ts'
import type { RowCheck } from './row-checks.ts'
import { boundEvent, encodeRow, type Row } from './rows.ts'
import { lazily } from './statements.ts'
import type { EventQuery } from './store.ts'

/** Most events that are kept, whatever their age. */
export const MAX_EVENTS = 50_000
/** Events returned when a query does not say. */
export const DEFAULT_EVENT_LIMIT = 100

export interface EventRow extends Row {
  id: number
}

export interface EventTable {
  append(events: Event[]): void
  /** The newest that match, in ascending order. */
  select(query: EventQuery): EventRow[]
  /** Drops the oldest `limit` at most. */
  dropOlderThan(timeMs: number, limit: number): number
}

export function eventTable(database: DatabaseSync, check: RowCheck<Event>, maxEvents: number = MAX_EVENTS): EventTable {
  const prepare = lazily(database)
  const append = (event: Event) => {
    const bounded = boundEvent(event)
    const row = encodeRow(check, bounded, `event ${event.reason}`)
    const { component, host } = placeOf(bounded)
    prepare('INSERT INTO event (at_ms, key, component, host, body, checksum) VALUES (?, ?, ?, ?, ?, ?)').run(
      Math.round(bounded.atMs),
      bounded.key ?? null,
      component,
      host,
      row.body,
      row.checksum,
    )
  }
  return {
    append: (events) => {
      for (const event of events) append(event)
      if (events.length === 0) return
      // Ids ascend without gaps but for rolled back writes, so this is a range of the primary key and costs nothing.
      prepare('DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?').run(maxEvents)
    },
    select: (query) => {
      const { where, values } = conditions(query)
      const limit = Math.max(0, Math.trunc(query.limit ?? DEFAULT_EVENT_LIMIT))
      const sql = `SELECT id, body, checksum FROM event ${where} ORDER BY id DESC LIMIT ?`
      return (prepare(sql).all(...values, limit) as unknown as EventRow[]).reverse()
    },
    dropOlderThan: (timeMs, limit) => {
      const oldest = 'SELECT id FROM event WHERE at_ms < ? ORDER BY at_ms LIMIT ?'
      return Number(prepare(`DELETE FROM event WHERE id IN (${oldest})`).run(timeMs, limit).changes)
    },
  }
}

/** What an event is found under: an event of a key is found under its component and its host too. */
export function placeOf(event: Event): { component: string | null; host: string | null } {
  if (event.key === undefined) return { component: null, host: event.host ?? null }
  const { component, host } = splitKey(event.key)
  return { component, host: event.host ?? host }
}

function conditions(query: EventQuery): { where: string; values: SQLInputValue[] } {
  const wanted: [string, SQLInputValue | undefined][] = [
    ['key = ?', query.key],
    ['component = ?', query.component],
    ['host = ?', query.host],
    ['id > ?', query.afterId],
    ['at_ms >= ?', query.sinceMs],
  ]
  const asked = wanted.filter((entry): entry is [string, SQLInputValue] => entry[1] !== undefined)
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(([sql]) => sql).join(' AND ')}`
  return { where, values: asked.map(([, value]) => value) }
}
