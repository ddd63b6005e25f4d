// The state of components in words, colours and exit codes.
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import { type ExitCode, exitCodes } from './exit.ts'

export { conditionOf, stateName } from '../model/status-summary.ts'

/** `Reason: message`, or empty when all is well. */
export function whyText({ reason, message }: Pick<StatusSummary, 'reason' | 'message'>): string {
  return reason === '' || message === '' ? reason + message : `${reason}: ${message}`
}

/** The exit code that stands for the worst of these: 3 rolled back, 1 not healthy, 0 all well or nothing wanted. */
export function exitCodeOf(summaries: readonly Pick<StatusSummary, 'state' | 'ready'>[]): ExitCode {
  if (summaries.some(({ state }) => isIn(state, 'rolledBack'))) return exitCodes.rolledBack
  const isWell = ({ state, ready }: Pick<StatusSummary, 'state' | 'ready'>) =>
    isIn(state, 'disabled') || ready === 'True'
  return summaries.every(isWell) ? exitCodes.good : exitCodes.problems
}

/** Whether the state is this one of the six or a child of it. */
export function isIn(state: string, top: string): boolean {
  return state === top || state.startsWith(`${top}.`)
}

/** The first eight digits of a revision, or `-`. */
export function shortRevision(revision: string | null | undefined): string {
  return revision ? revision.slice(0, 8) : '-'
}

export function namesOf({ key }: { key: ComponentKey }): { component: string; host: string } {
  return splitKey(key)
}
