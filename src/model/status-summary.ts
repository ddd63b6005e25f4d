// What a list shows of a status: flat and small, so that ten thousand of them are read and printed at once.
import type { ComponentKey } from './key.ts'
import type { ComponentStatus, Condition, ConditionType } from './status.ts'
import type { Revision } from './target.ts'

export interface StatusSummary {
  key: ComponentKey
  /** The lifecycle's state as one word per level: `deploying.applying`. */
  state: string
  /** What the Ready condition says. */
  ready: Condition['status']
  /** Reason and message of the condition that a person must hear of first; both empty when all is well. */
  reason: string
  message: string
  /** Empty when nothing is wanted. */
  desired: Revision | ''
  generation: number
  /** When the state was entered, milliseconds since the epoch; the last update where the lifecycle does not say. */
  enteredAtMs: number
  /** Failed attempts at the desired revision. */
  attempts: number
  /** When the next retry or correction is due, milliseconds since the epoch; 0 when none is. */
  dueAtMs: number
  /** The lifecycle's own reason for being held or failed; empty when all is well. */
  heldBy: string
}

export function summarize(status: ComponentStatus): StatusSummary {
  const { key, desired, generation, lifecycle, updatedAtMs } = status
  const { reason = '', message = '' } = headline(status) ?? {}
  return {
    key,
    state: stateName(lifecycle),
    ready: conditionOf(status, 'Ready')?.status ?? 'Unknown',
    reason,
    message,
    desired: desired ?? '',
    generation,
    enteredAtMs: numberOf(lifecycle.context.enteredAtMs) || updatedAtMs,
    attempts: numberOf(lifecycle.context.attempts),
    dueAtMs: numberOf(lifecycle.context.dueAtMs),
    heldBy: typeof lifecycle.context.reason === 'string' ? lifecycle.context.reason : '',
  }
}

/** xstate's value as one word per level: `{"deploying":"applying"}` is `deploying.applying`, the state as people read it. */
export function stateName({ value }: { value: unknown }): string {
  if (typeof value === 'string') return value
  if (value === null || typeof value !== 'object') return 'unknown'
  let text = ''
  for (const [name, child] of Object.entries(value)) {
    const inner = stateName({ value: child })
    text += `${text === '' ? '' : ','}${name}${inner === '' ? '' : `.${inner}`}`
  }
  return text
}

export function conditionOf({ conditions }: ComponentStatus, type: ConditionType): Condition | undefined {
  return conditions.find((condition) => condition.type === type)
}

/** Conditions that say why all is not well, the most pressing first; `Ready` comes late, since the others say why. */
const telling: readonly (readonly [ConditionType, Condition['status']])[] = [
  ['Stalled', 'True'],
  ['RolledBack', 'True'],
  ['SecretsReady', 'False'],
  ['Reachable', 'False'],
  ['Suspended', 'True'],
  ['Blocked', 'True'],
  ['Ready', 'False'],
  ['Drifted', 'True'],
  ['StandIn', 'True'],
  ['Deprecated', 'True'],
  ['External', 'True'],
]

/** The condition that explains why all is not well; undefined when it is. */
export function headline(status: ComponentStatus): Condition | undefined {
  for (const [type, when] of telling) {
    const condition = conditionOf(status, type)
    if (condition?.status === when) return condition
  }
  return undefined
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
