// Makes the history of changes out of the events of one component on one host. Pure.
import type { ComponentKey } from '../model/key.ts'
import type { Cause } from '../model/operation.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import type { Revision } from '../model/target.ts'

export interface HistoryRow {
  key: ComponentKey
  operationId: string
  /** What was done: apply, rollback, remove; empty where the event does not say. */
  change: string
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
  /** What became of its generation: `running`, `verified`, `rejected`; empty where no generation was made of it. */
  states: string[]
  /** The host has what it takes to go back to it; undefined where there is nothing to go back to. */
  kept: boolean | undefined
}

/** With these a change begins: the operation itself is only told of when it is over. */
const beginnings: readonly string[] = ['Deploying', 'Removing', 'RollingBack']
/** With these it is over; what is said of the revision later is about another change, or about none. */
const ends: readonly string[] = ['Healthy', 'Failed', 'RolledBack', 'Stalled', 'Removed']

/**
 * One row per operation, oldest first. An event without an operation (verifying, healthy, rolled back) belongs to the
 * latest change of its revision that is not over yet; where there is none it is left to `get events`.
 */
export function historyRows(status: ComponentStatus, events: readonly Event[]): HistoryRow[] {
  const rows: HistoryRow[] = []
  let begunAtMs: number | undefined
  for (const event of events) {
    const row = rowOf(event, rows) ?? startRow(event, status, rows, begunAtMs)
    if (row !== undefined) extend(row, event)
    if (beginnings.includes(event.reason)) begunAtMs = event.atMs
    else if (event.operationId !== undefined) begunAtMs = undefined
  }
  return [...untold(status, rows), ...rows]
}

function rowOf({ operationId, revision, reason }: Event, rows: readonly HistoryRow[]): HistoryRow | undefined {
  if (operationId !== undefined) return rows.find((row) => row.operationId === operationId)
  if (revision === undefined || reason === 'Deploying') return undefined
  return rows.findLast((row) => row.revision === revision && !ends.includes(row.outcome))
}

function startRow(event: Event, status: ComponentStatus, rows: HistoryRow[], begunAtMs: number | undefined) {
  if (event.operationId === undefined) return undefined
  const { kind, generation } = event.details ?? {}
  const row: HistoryRow = {
    key: status.key,
    operationId: event.operationId,
    change: typeof kind === 'string' ? kind : '',
    generation: typeof generation === 'number' ? generation : undefined,
    revision: event.revision,
    cause: event.cause,
    startedAtMs: begunAtMs ?? event.atMs,
    endedAtMs: event.atMs,
    outcome: event.reason,
    isBad: false,
    message: '',
    steps: [],
    notes: notesOf(event.revision, status),
    ...standing(status, typeof generation === 'number' ? generation : undefined, event.revision),
  }
  rows.push(row)
  return row
}

/** Generations that no event tells of any more: older than events are kept, or than the store. */
function untold(status: ComponentStatus, rows: readonly HistoryRow[]): HistoryRow[] {
  const told = new Set(rows.map(({ generation }) => generation))
  const lost = (status.generations ?? []).filter(({ number }) => !told.has(number))
  return lost.map(({ number, revision, atMs, cause }) => ({
    ...{ key: status.key, operationId: '', change: '', generation: number, revision, cause },
    ...{ startedAtMs: atMs, endedAtMs: atMs, outcome: '-', isBad: false, message: '', steps: [] },
    notes: notesOf(revision, status),
    ...standing(status, number, revision),
  }))
}

function standing(
  { generations = [], generation, lifecycle }: ComponentStatus,
  number: number | undefined,
  revision: Revision | undefined,
): Pick<HistoryRow, 'states' | 'kept'> {
  const made = generations.find((it) => it.number === number && it.revision === revision)
  if (made === undefined) return { states: [], kept: undefined }
  const { rejected } = lifecycle.context
  const isRejected = Array.isArray(rejected) && rejected.includes(made.revision)
  const states: [isSo: boolean, state: string][] = [
    [made.number === generation, 'running'],
    [made.verified === true, 'verified'],
    [isRejected, 'rejected'],
  ]
  return { states: states.filter(([isSo]) => isSo).map(([, state]) => state), kept: made.kept === true }
}

function extend(row: HistoryRow, { atMs, reason, type, message }: Event): void {
  row.endedAtMs = atMs
  row.outcome = reason
  row.isBad = type === 'Warning'
  row.message = message
  if (row.steps.at(-1) !== reason) row.steps.push(reason)
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
