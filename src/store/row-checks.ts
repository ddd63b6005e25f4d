// Who decides whether a row is what it should be. Apart from the schemas, because a reader does without them.
import type { ComponentStatus, Event } from '../model/status.ts'
import type { Target } from '../model/target.ts'
import type { HostRow } from './store.ts'

export interface RowCheck<T> {
  holds(value: unknown): value is T
  /** What is wrong with a value that it does not hold for: `field: what`. */
  problem(value: unknown): string
}

/** What the rows of each table hold. */
export interface RowValues {
  status: ComponentStatus
  target: Target
  host: HostRow
  event: Event
  document: string
}

export type RowChecks = { [Name in keyof RowValues]: RowCheck<RowValues[Name]> }

/**
 * Looks at the outline of a value only: for readers, who act on nothing. The writer of this schema version checked each
 * row whole before it wrote it, and the checksum proves that it is still that row; loading and running the schemas would
 * take longer than all the rest of a command.
 */
export const outlineChecks: RowChecks = {
  status: outline<ComponentStatus>({
    key: 'string',
    lifecycle: 'object',
    conditions: 'array',
    lastProbes: 'array',
    generation: 'number',
  }),
  target: outline<Target>({ revision: 'string', resources: 'array', probes: 'array' }),
  host: outline<HostRow>({ name: 'string', fence: 'number', message: 'string' }),
  event: outline<Event>({ atMs: 'number', type: 'string', reason: 'string', message: 'string' }),
  document: { holds: (value): value is string => typeof value === 'string', problem: () => problemOf(undefined) },
}

type Kind = 'string' | 'number' | 'object' | 'array'

function outline<T>(fields: Partial<Record<keyof T, Kind>>): RowCheck<T> {
  const wanted = Object.entries(fields) as [string, Kind][]
  const isWrong = (value: unknown) => {
    const row = value as Record<string, unknown>
    return ([name, kind]: [string, Kind]) => kindOf(row[name]) !== kind
  }
  return {
    holds: (value): value is T => kindOf(value) === 'object' && !wanted.some(isWrong(value)),
    problem: (value) => problemOf(kindOf(value) === 'object' ? wanted.find(isWrong(value))?.[0] : undefined),
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function problemOf(field = 'the whole'): string {
  return `${field}: is not what it should be`
}
