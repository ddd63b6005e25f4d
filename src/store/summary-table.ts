// What lists show of every status, in columns of its own: no JSON, so that ten thousand rows are read in some 20 ms.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { ComponentKey } from '../model/key.ts'
import type { Condition } from '../model/status.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import { lazily } from './statements.ts'

export interface SummaryTable {
  put(summary: StatusSummary): void
  drop(key: string): void
  count(): number
  /** Sorted by key, byte by byte. */
  all(): StatusSummary[]
}

const columns = [
  'key',
  'state',
  'ready',
  'reason',
  'message',
  'desired',
  'generation',
  'entered_at_ms',
  'attempts',
  'due_at_ms',
  'held_by',
].join(', ')

export function summaryTable(database: DatabaseSync): SummaryTable {
  const prepare = lazily(database)
  return {
    put: (summary) => {
      prepare(`INSERT OR REPLACE INTO summary (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
        summary.key,
        summary.state,
        summary.ready,
        summary.reason,
        summary.message,
        summary.desired ?? '',
        summary.generation,
        Math.round(summary.enteredAtMs),
        summary.attempts,
        Math.round(summary.dueAtMs),
        summary.heldBy,
      )
    },
    drop: (key) => void prepare('DELETE FROM summary WHERE key = ?').run(key),
    count: () => Number(prepare('SELECT count(*) AS rows FROM summary').get()?.rows),
    all: () => {
      const select = prepare(`SELECT ${columns} FROM summary ORDER BY key`)
      select.setReturnArrays(true)
      return (select.all() as unknown as SQLOutputValue[][]).map(summaryOf)
    },
  }
}

// By index: taking an array apart by pattern walks its iterator, which takes longer than reading the row did.
function summaryOf(row: SQLOutputValue[]): StatusSummary {
  const summary: StatusSummary = {
    key: row[0] as ComponentKey,
    state: row[1] as string,
    ready: row[2] as Condition['status'],
    reason: row[3] as string,
    message: row[4] as string,
    generation: row[6] as number,
    enteredAtMs: row[7] as number,
    attempts: row[8] as number,
    dueAtMs: row[9] as number,
    heldBy: row[10] as string,
  }
  if (row[5] !== '') summary.desired = row[5] as string
  return summary
}
