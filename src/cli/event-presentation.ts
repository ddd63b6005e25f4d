// How an event is shown: one line of history.
import type { Event } from '../model/status.ts'
import { age, timestamp } from './age.ts'
import type { Presentation } from './output.ts'
import { shortRevision } from './state.ts'
import type { Column } from './table.ts'

export const eventPresentation: Presentation<Event> = {
  columns: eventColumns,
  document: eventDocument,
  name: (event) => `event/${event.id ?? 0}`,
}

/** The columns of a table of events; those of one component leave its name out. */
export function eventColumns(nowMs: number, { object = true }: { object?: boolean } = {}): Column<Event>[] {
  const subject: Column<Event>[] = object ? [{ heading: 'OBJECT', cell: objectOf }] : []
  return [
    { heading: 'ID', cell: (event) => String(event.id ?? '-'), wide: true },
    { heading: 'TIME', cell: (event) => timestamp(event.atMs) ?? '-', wide: true },
    { heading: 'AGE', cell: (event) => age(event.atMs, nowMs) },
    { heading: 'TYPE', cell: ({ type }) => type, color: ({ type }) => (type === 'Warning' ? 'yellow' : undefined) },
    { heading: 'REASON', cell: (event) => event.reason },
    ...subject,
    { heading: 'CAUSE', cell: (event) => event.cause ?? '-', wide: true },
    { heading: 'REVISION', cell: (event) => shortRevision(event.revision), wide: true },
    { heading: 'OPERATION', cell: (event) => event.operationId ?? '-', wide: true },
    { heading: 'MESSAGE', cell: (event) => event.message },
  ]
}

function objectOf(event: Event): string {
  return event.key ?? event.host ?? '-'
}

export function eventDocument({ atMs, ...event }: Event): Record<string, unknown> {
  return { apiVersion: 'homeostat/v1', kind: 'Event', at: timestamp(atMs), ...event }
}
