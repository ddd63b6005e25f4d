// Statuses as a controller writes them, for tests of what reads them.
import { initialLifecycle } from '../../machines/advance.ts'
import type { ComponentKey } from '../../src/model/key.ts'
import type { ComponentStatus, Condition, ConditionType } from '../../src/model/status.ts'

/** Noon of a day in November 2026, milliseconds since the epoch. */
export const NOW_MS = Date.UTC(2026, 10, 23, 12)

export const REVISION = '1a2b3c4d'.padEnd(64, '0')
export const OLD_REVISION = '99887766'.padEnd(64, '0')

type Changes = Partial<Omit<ComponentStatus, 'key' | 'lifecycle' | 'conditions'>> & {
  state?: unknown
  context?: Record<string, unknown>
  conditions?: Condition[]
}

/** A healthy component that entered its state 3 h before `NOW_MS`, with what differs. */
export function statusOf(key: ComponentKey, { state, context, conditions, ...changes }: Changes = {}): ComponentStatus {
  const lifecycle = initialLifecycle()
  const facts = { desired: REVISION, lastGood: REVISION, enteredAtMs: NOW_MS - 3 * 3_600_000 }
  return {
    key,
    lifecycle: {
      ...lifecycle,
      value: state ?? { healthy: 'inSync' },
      context: { ...lifecycle.context, ...facts, ...context },
    },
    conditions: conditions ?? [conditionOf('Ready', 'True', 'Healthy', 'all probes pass')],
    desired: REVISION,
    lastGood: REVISION,
    generation: 3,
    lastProbes: [],
    updatedAtMs: NOW_MS - 12_000,
    ...changes,
  }
}

/** A condition whose status changed five minutes before `NOW_MS`. */
export function conditionOf(type: ConditionType, status: Condition['status'], reason: string, message = ''): Condition {
  return { type, status, reason, message, lastTransitionTimeMs: NOW_MS - 300_000, observedRevision: REVISION }
}
