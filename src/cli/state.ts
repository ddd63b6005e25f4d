// Reads a component's status the way people ask about it: which state, is it ready, and if not, why.
import { splitKey } from '../model/key.ts'
import type { Condition, ConditionType } from '../model/status.ts'
import { type StatusSummary, telling } from '../model/status-summary.ts'
import { stateColor } from './color.ts'
import { type ExitCode, exitCodes } from './exit.ts'
import type { Cell } from './table.ts'

/** xstate's value as one word per level: `{"deploying":"applying"}` is `deploying.applying`. */
export function stateName(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || typeof value !== 'object') return 'unknown'
  let text = ''
  for (const [name, child] of Object.entries(value)) {
    const inner = stateName(child)
    text += `${text === '' ? '' : ','}${name}${inner === '' ? '' : `.${inner}`}`
  }
  return text
}

/** The state in its colour. */
export function stateCell(status: StatusSummary): Cell {
  const text = stateName(status.lifecycle.value)
  return { text, color: stateColor(text) }
}

export function conditionOf(status: StatusSummary, type: ConditionType): Condition | undefined {
  return status.conditions.find((condition) => condition.type === type)
}

/** `True`, `False` or `Unknown`, as the Ready condition says. */
export function readiness(status: StatusSummary): string {
  return conditionOf(status, 'Ready')?.status ?? 'Unknown'
}

/** The condition that explains why all is not well; undefined when it is. */
export function headline(status: StatusSummary): Condition | undefined {
  for (const [type, wanted] of telling) {
    const condition = conditionOf(status, type)
    if (condition?.status === wanted) return condition
  }
  return undefined
}

/** `Reason: message` of the headline, or empty. */
export function headlineText(status: StatusSummary): string {
  const condition = headline(status)
  if (condition === undefined) return ''
  return [condition.reason, condition.message].filter((part) => part !== '').join(': ')
}

/** When the component entered its state, milliseconds since the epoch; its last update where the machine does not say. */
export function enteredAtMs(status: StatusSummary): number {
  const entered = status.lifecycle.context.enteredAtMs
  return typeof entered === 'number' && entered > 0 ? entered : status.updatedAtMs
}

/** The exit code that stands for the worst of these: 3 rolled back, 1 not healthy, 0 all well or nothing wanted. */
export function exitCodeOf(statuses: readonly StatusSummary[]): ExitCode {
  const tops = statuses.map((status) => stateName(status.lifecycle.value).split('.', 1)[0])
  if (tops.includes('rolledBack')) return exitCodes.rolledBack
  const isWell = (status: StatusSummary, at: number) => tops[at] === 'disabled' || readiness(status) === 'True'
  return statuses.every(isWell) ? exitCodes.good : exitCodes.problems
}

/** The first eight digits of a revision, or `-`. */
export function shortRevision(revision: string | null | undefined): string {
  return revision ? revision.slice(0, 8) : '-'
}

export function namesOf(status: StatusSummary): { component: string; host: string } {
  return splitKey(status.key)
}
