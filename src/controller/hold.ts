// Why nothing is done about a key although something should be: the same answer for every part of a pass.
import { topState } from '../../machines/advance.ts'
import type { Blocker, Decision } from '../plan/decide.ts'
import type { Wish } from './desire.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

/** Undefined when nothing holds the key. */
export function holdOf(
  decision: Decision,
  status: Status,
  wish: Wish | undefined,
  tools: Pick<Tools, 'gate' | 'standstill' | 'correctionBlocker'>,
): Blocker | undefined {
  if (decision.kind === 'hold') return { reason: decision.reason, message: decision.message }
  return wish?.kind === 'held' ? heldBy(wish) : (whyKept(status, wish, tools) ?? whyNotCorrected(status, tools))
}

/** What differs would be put right, and what failed tried again, if anything were done. */
function whyNotCorrected(
  { key, lifecycle }: Status,
  { standstill, correctionBlocker }: Pick<Tools, 'standstill' | 'correctionBlocker'>,
): Blocker | undefined {
  if (lifecycle.context.dueAtMs === null) return undefined
  const top = topState(lifecycle)
  return top === 'healthy' ? correctionBlocker(key) : top === 'failed' ? standstill(key) : undefined
}

/** Until a new revision has its turn, what was proven before is kept as ever: probed, and put right where it drifts. */
export function whyKept(
  { key, lifecycle, changing }: Status,
  wish: Wish | undefined,
  { gate }: Pick<Tools, 'gate'>,
): Blocker | undefined {
  const { desired, lastGood } = lifecycle.context
  if (wish?.kind !== 'deploy' || desired === null || lastGood === null || changing) return undefined
  return desired === wish.target.revision ? undefined : gate(key)
}

export function heldBy({ reason, message }: Extract<Wish, { kind: 'held' }>): Blocker {
  return { reason: reason ?? 'NotRenderable', message }
}
