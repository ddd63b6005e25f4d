// Who decides whether a row is what it should be. Apart from the schemas, because a reader does without them.
import type { ComponentStatus, Event } from '../model/status.ts'
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
  document: { safeParse: (value) => verdict<string>(value, typeof value === 'string' ? undefined : '') },
}

type Kind = 'string' | 'number' | 'object' | 'array'

function outline<T>(fields: Partial<Record<keyof T, Kind>>): RowCheck<T> {
  const wanted = Object.entries(fields) as [string, Kind][]
  return {
    safeParse: (value) => {
      if (kindOf(value) !== 'object') return verdict(value, '')
      const wrong = wanted.find(([name, kind]) => kindOf((value as Record<string, unknown>)[name]) !== kind)
      return verdict(value, wrong?.[0])
    },
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** `wrongField`: the one that is not what it should be, empty for the whole value, undefined when all is well. */
function verdict<T>(value: unknown, wrongField: string | undefined): ReturnType<RowCheck<T>['safeParse']> {
  if (wrongField === undefined) return { success: true, data: value as T }
  const path = wrongField === '' ? [] : [wrongField]
  return { success: false, error: { issues: [{ path, message: 'is not what it should be' }] } }
}
