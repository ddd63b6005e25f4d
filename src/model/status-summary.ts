// What a list shows of a status: little enough that ten thousand of them are read at once.
import type { ComponentStatus, Condition, ConditionType } from './status.ts'

/** A status without probes and differences; its context and conditions hold only what a list speaks of. */
export type StatusSummary = Omit<ComponentStatus, 'lastDiff' | 'lastProbes'>

/** Parts of the lifecycle's context that lists show. */
const contextShown = ['enteredAtMs', 'attempts', 'dueAtMs', 'reason'] as const

/** Conditions that say why something is not well, each with the status in which it does, the most pressing first. */
export const telling: readonly (readonly [ConditionType, Condition['status']])[] = [
  ['Stalled', 'True'],
  ['RolledBack', 'True'],
  ['SecretsReady', 'False'],
  ['Reachable', 'False'],
  ['Suspended', 'True'],
  ['Blocked', 'True'],
  ['Ready', 'False'],
  ['Drifted', 'True'],
  ['Deprecated', 'True'],
]

/** Conditions stay where they tell something; `Ready` always does, without its message while it is true. */
export function summarize({ lastDiff: _, lastProbes: __, ...status }: ComponentStatus): StatusSummary {
  const { context } = status.lifecycle
  const shown = contextShown.filter((name) => context[name] !== undefined).map((name) => [name, context[name]])
  return {
    ...status,
    lifecycle: { ...status.lifecycle, context: Object.fromEntries(shown) },
    conditions: status.conditions.filter(isShown).map(brief),
  }
}

function isShown({ type, status }: Condition): boolean {
  return type === 'Ready' || isTelling(type, status)
}

function brief({ observedRevision: _, ...condition }: Condition): Condition {
  return isTelling(condition.type, condition.status) ? condition : { ...condition, message: '' }
}

function isTelling(type: ConditionType, status: Condition['status']): boolean {
  return telling.some(([name, when]) => name === type && when === status)
}
