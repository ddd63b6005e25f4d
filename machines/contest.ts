// Who has the last word about a field: corrections are counted, and what is changed again and again is left to whoever changes it.
import type { Fact } from './facts.ts'
import type { LifecycleContext } from './lifecycle-context.ts'

/** Times of the last corrections of each field, milliseconds since the epoch, oldest first; `file:/etc/x content` names a field. */
export type Corrections = Record<string, number[]>

/** Corrections of one field within `CONTEST_WITHIN_MS`: one more change of it makes it contested (DESIGN §7). */
export const CONTEST_AFTER = 3
export const CONTEST_WITHIN_MS = 30 * 60_000
/** Fields that are counted at a time. What is contested is no longer corrected, which makes room for the others. */
export const FIELDS_COUNTED = 200

type Update = Partial<LifecycleContext>

/** With a correction of these fields just now; what is too old to matter is left out. */
export function counted(corrections: Corrections, fields: string[], nowMs: number): Corrections {
  const kept = Object.entries(corrections).filter(([field]) => !fields.includes(field))
  const now = fields.map((field) => [field, [...(corrections[field] ?? []), nowMs].slice(-CONTEST_AFTER)] as const)
  const recent = [...kept, ...now].map(([field, times]) => [field, recentOf(times, nowMs)] as const)
  return Object.fromEntries(recent.filter(([, times]) => times.length > 0).slice(-FIELDS_COUNTED))
}

/** Whether the field was corrected so often lately that a further change of it is not corrected any more. */
export function isContested(corrections: Corrections, field: string, nowMs: number): boolean {
  return recentOf(corrections[field] ?? [], nowMs).length >= CONTEST_AFTER
}

export function contested(context: LifecycleContext, fact: Extract<Fact, { type: 'CONTESTED' }>): Update {
  const contested = [...new Set([...context.contested, ...fact.fields])].sort()
  return { contested, corrected: without(context.corrected, fact.fields) }
}

/** They are as they should be: what comes after that is counted anew. */
export function contestOver(context: LifecycleContext, fact: Extract<Fact, { type: 'CONTEST_OVER' }>): Update {
  return { contested: context.contested.filter((field) => !fact.fields.includes(field)) }
}

function recentOf(times: readonly number[], nowMs: number): number[] {
  return times.filter((atMs) => nowMs - atMs < CONTEST_WITHIN_MS)
}

function without(corrections: Corrections, fields: string[]): Corrections {
  return Object.fromEntries(Object.entries(corrections).filter(([field]) => !fields.includes(field)))
}
