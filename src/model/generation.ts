// What was brought about of a component on a host, one after the other: what `history` shows and `rollback` chooses from.
import type { Cause } from './operation.ts'
import type { Revision } from './target.ts'

export interface Generation {
  number: number
  revision: Revision
  /** When it was on the host, milliseconds since the epoch; 0 where nobody knows any more. */
  atMs: number
  /** Absent where nobody knows any more. */
  cause?: Cause
  /** It was proven on the host. */
  verified?: true
  /** The host has what it takes to go back to it. */
  kept?: true
}

/** Generations kept beside the running one and the one proven last (DESIGN §7). */
export const GENERATIONS_KEPT = 10

/** With one more, oldest first. One that is brought about again stays what it was. */
export function withGeneration(before: readonly Generation[], added: Generation): Generation[] {
  const known = before.find(({ number }) => number === added.number)
  if (known?.revision === added.revision) return [...before]
  const all = [...before.filter(({ number }) => number !== added.number), added].sort((a, b) => a.number - b.number)
  const lastVerified = all.findLast(({ verified }) => verified)?.number
  const newest = new Set(all.slice(-GENERATIONS_KEPT).map(({ number }) => number))
  return all.filter(({ number }) => newest.has(number) || number === added.number || number === lastVerified)
}
