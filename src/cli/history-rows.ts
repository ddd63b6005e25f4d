// Makes the history of changes out of the events of one component on one host. Pure.
import type { ComponentKey } from '../model/key.ts'
import type { Cause } from '../model/operation.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import type { Revision } from '../model/target.ts'

export interface HistoryRow {
  key: ComponentKey
  operationId: string | undefined
  generation: number | undefined
  revision: Revision | undefined
  cause: Cause | undefined
  startedAtMs: number
  endedAtMs: number
  /** The reason of the last event that belongs to it: Healthy, RolledBack, … */
  outcome: string
  /** The last event was a warning. */
  isBad: boolean
  message: string
  /** The reasons of all its events, in order, each repetition once. */
  steps: string[]
  /** What the revision is now: `desired`, `last good`, `rejected`. */
  notes: string[]
}

/**
 * One row per operation, oldest first. An event without an operation (verified, failed, rolled back) belongs to the latest
 * operation of its revision; those before the first operation belong to none and are left to `get events`.
 */
export function historyRows(status: ComponentStatus, events: readonly Event[]): HistoryRow[] {
  const rows: HistoryRow[] = []
  for (const event of events) {
    const row = rowOf(event, rows) ?? startRow(event, status, rows)
    if (row !== undefined) extend(row, event)
  }
  return rows
}

function rowOf({ operationId, revision }: Event, rows: readonly HistoryRow[]): HistoryRow | undefined {
  if (operationId !== undefined) return rows.find((row) => row.operationId === operationId)
  return revision === undefined ? undefined : rows.findLast((row) => row.revision === revision)
}

function startRow(event: Event, status: ComponentStatus, rows: HistoryRow[]): HistoryRow | undefined {
  if (event.operationId === undefined) return undefined
  const row: HistoryRow = {
    key: status.key,
    operationId: event.operationId,
    generation: undefined,
    revision: event.revision,
    cause: event.cause,
    startedAtMs: event.atMs,
    endedAtMs: event.atMs,
    outcome: event.reason,
    isBad: false,
    message: '',
    steps: [],
    notes: notesOf(event.revision, status),
  }
  rows.push(row)
  return row
}

function extend(row: HistoryRow, { atMs, reason, type, message, details }: Event): void {
  row.endedAtMs = atMs
  row.outcome = reason
  row.isBad = type === 'Warning'
  row.message = message
  if (row.steps.at(-1) !== reason) row.steps.push(reason)
  if (typeof details?.generation === 'number') row.generation = details.generation
}

function notesOf(revision: Revision | undefined, { desired, lastGood, lifecycle }: ComponentStatus): string[] {
  if (revision === undefined) return []
  const { rejected } = lifecycle.context
  const notes: [isSo: boolean, note: string][] = [
    [revision === desired, 'desired'],
    [revision === lastGood, 'last good'],
    [Array.isArray(rejected) && rejected.includes(revision), 'rejected'],
  ]
  return notes.filter(([isSo]) => isSo).map(([, note]) => note)
}
