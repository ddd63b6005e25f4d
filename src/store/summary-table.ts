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

function summaryOf(row: SQLOutputValue[]): StatusSummary {
  const [key, state, ready, reason, message, desired, generation, enteredAtMs, attempts, dueAtMs, heldBy] = row
  return {
    key: key as ComponentKey,
    state: state as string,
    ready: ready as Condition['status'],
    reason: reason as string,
    message: message as string,
    ...(desired === '' ? {} : { desired: desired as string }),
    generation: generation as number,
    enteredAtMs: enteredAtMs as number,
    attempts: attempts as number,
    dueAtMs: dueAtMs as number,
    heldBy: heldBy as string,
  }
}
