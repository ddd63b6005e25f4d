// Why nothing is done about a key although something should be: the same answer for every part of a pass.
import type { Blocker, Decision } from '../plan/decide.ts'
import type { Wish } from './desire.ts'

/** Undefined when nothing holds the key. */
export function holdOf(decision: Decision, wish: Wish | undefined): Blocker | undefined {
  if (decision.kind === 'hold') return { reason: decision.reason, message: decision.message }
  return wish?.kind === 'held' ? heldBy(wish) : undefined
}

export function heldBy({ reason, message }: Extract<Wish, { kind: 'held' }>): Blocker {
  return { reason: reason ?? 'NotRenderable', message }
}
