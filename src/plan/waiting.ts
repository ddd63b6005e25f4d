// What has its time, and how long that is away.
import type { Decision, Situation } from './decide.ts'

/** Undefined when the lifecycle waits for no time, or it has come. */
export function notYetDue({ lifecycle, nowMs }: Situation): Decision | undefined {
  const { dueAtMs, reason, message } = lifecycle.context
  if (dueAtMs === null || nowMs >= dueAtMs) return undefined
  return { kind: 'hold', reason: reason || 'Waiting', message, wakeAtMs: dueAtMs }
}
