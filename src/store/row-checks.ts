// Who decides whether a row is what it should be. Apart from the schemas, because a reader does without them.
import type { ComponentStatus, Event } from '../model/status.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import type { Target } from '../model/target.ts'
import type { HostRow } from './store.ts'

/** The part of a zod schema that rows are checked with. */
export interface RowCheck<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }
}

/** What the rows of each table hold. */
export interface RowValues {
  status: ComponentStatus
  summary: StatusSummary
  target: Target
  host: HostRow
  event: Event
  document: string
}

export type RowChecks = { [Name in keyof RowValues]: RowCheck<RowValues[Name]> }

/**
 * Takes every value as it is: for readers, who act on nothing. The writer of this schema version checked each row before
 * it wrote it, and the checksum proves that it is still that row; loading and running the schemas would take longer than
 * all the rest of a command.
 */
export const trustingChecks: RowChecks = {
  status: trusting(),
  summary: trusting(),
  target: trusting(),
  host: trusting(),
  event: trusting(),
  document: trusting(),
}

function trusting<T>(): RowCheck<T> {
  return { safeParse: (value) => ({ success: true, data: value as T }) }
}
