// What lists show of every status, in columns of its own: no JSON, so that ten thousand rows are read in some 20 ms.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { StatusSummary } from '../model/status-summary.ts'
import { lazily } from './statements.ts'
import type { SummaryOf } from './store.ts'

export interface SummaryTable {
  put(summary: StatusSummary): void
  drop(key: string): void
  count(): number
  /** The key and these fields of every row, sorted by key. */
  all<Field extends keyof StatusSummary>(fields: readonly Field[]): SummaryOf<Field>[]
}

const columns: Record<keyof StatusSummary, string> = {
  key: 'key',
  state: 'state',
  ready: 'ready',
  reason: 'reason',
  message: 'message',
  desired: 'desired',
  generation: 'generation',
  enteredAtMs: 'entered_at_ms',
  attempts: 'attempts',
  dueAtMs: 'due_at_ms',
  heldBy: 'held_by',
}
const allColumns = Object.values(columns)
const INSERT = `INSERT OR REPLACE INTO summary (${allColumns.join(', ')}) VALUES (${allColumns.map(() => '?').join(', ')})`

export function summaryTable(database: DatabaseSync): SummaryTable {
  const prepare = lazily(database)
  return {
    put: (summary) => {
      prepare(INSERT).run(
        summary.key,
        summary.state,
        summary.ready,
        summary.reason,
        summary.message,
        summary.desired,
        summary.generation,
        Math.round(summary.enteredAtMs),
        summary.attempts,
        Math.round(summary.dueAtMs),
        summary.heldBy,
      )
    },
    drop: (key) => void prepare('DELETE FROM summary WHERE key = ?').run(key),
    count: () => Number(prepare('SELECT count(*) AS rows FROM summary').get()?.rows),
    all: <Field extends keyof StatusSummary>(fields: readonly Field[]) => {
      // Only what is asked for: every text of ten thousand rows is another millisecond or two.
      const selected = [...new Set<keyof StatusSummary>(['key', ...fields])]
      const select = prepare(`SELECT ${selected.map((field) => columns[field]).join(', ')} FROM summary ORDER BY key`)
      select.setReturnArrays(true)
      return (select.all() as unknown as SQLOutputValue[][]).map(summaryFrom(selected)) as SummaryOf<Field>[]
    },
  }
}

/**
 * Makes a summary of a row with these columns. The objects that SQLite's own binding makes have no prototype, and no fixed shape:
 * reading them takes longer than making these.
 */
function summaryFrom(selected: readonly (keyof StatusSummary)[]): (row: SQLOutputValue[]) => unknown {
  // Beyond the end of the row, which reads as undefined: an index of -1 would be looked up as a name.
  const at = (field: keyof StatusSummary) => (selected.includes(field) ? selected.indexOf(field) : selected.length)
  const [state, ready, reason, message, desired] = [
    at('state'),
    at('ready'),
    at('reason'),
    at('message'),
    at('desired'),
  ]
  const [generation, enteredAtMs, attempts, dueAtMs, heldBy] = [
    at('generation'),
    at('enteredAtMs'),
    at('attempts'),
    at('dueAtMs'),
    at('heldBy'),
  ]
  return (row) => ({
    key: row[0],
    state: row[state],
    ready: row[ready],
    reason: row[reason],
    message: row[message],
    desired: row[desired],
    generation: row[generation],
    enteredAtMs: row[enteredAtMs],
    attempts: row[attempts],
    dueAtMs: row[dueAtMs],
    heldBy: row[heldBy],
  })
}
