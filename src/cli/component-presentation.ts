// How a component on a host is shown: the row of a table and the document for programs.
import type { ComponentStatus, Condition } from '../model/status.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import { age, timestamp } from './age.ts'
import { statusColor } from './color.ts'
import type { Presentation } from './output.ts'
import {
  conditionOf,
  enteredAtMs,
  headlineText,
  namesOf,
  readiness,
  shortRevision,
  stateCell,
  stateName,
} from './state.ts'
import type { Column } from './table.ts'

export const componentPresentation = {
  columns: componentColumns,
  document: componentDocument,
  name: (status: StatusSummary) => `component/${status.key}`,
} satisfies Presentation<ComponentStatus>

function componentColumns(nowMs: number): Column<StatusSummary>[] {
  return [
    { heading: 'NAME', cell: (status) => namesOf(status).component },
    { heading: 'HOST', cell: (status) => namesOf(status).host },
    { heading: 'STATE', cell: stateCell },
    { heading: 'READY', cell: (status) => ({ text: readiness(status), color: statusColor(readiness(status)) }) },
    { heading: 'REVISION', cell: (status) => shortRevision(status.desired) },
    { heading: 'LAST-GOOD', cell: (status) => shortRevision(status.lastGood), wide: true },
    { heading: 'GENERATION', cell: (status) => String(status.generation), wide: true },
    { heading: 'REACHABLE', cell: (status) => conditionOf(status, 'Reachable')?.status ?? 'Unknown', wide: true },
    { heading: 'DOING', cell: (status) => doing(status), wide: true },
    { heading: 'CHANGED', cell: (status) => age(enteredAtMs(status), nowMs) },
    { heading: 'MESSAGE', cell: (status) => headlineText(status) },
  ]
}

function doing({ intent }: StatusSummary): string {
  return intent === undefined ? '-' : `${intent.kind} (${intent.cause})`
}

/** The status as a program sees it: times are RFC 3339, unknown ones null. */
export function componentDocument(status: ComponentStatus): Record<string, unknown> {
  const { component, host } = namesOf(status)
  return {
    apiVersion: 'homeostat/v1',
    kind: 'ComponentStatus',
    metadata: { name: component, host, key: status.key },
    state: stateName(status.lifecycle.value),
    ready: readiness(status),
    message: headlineText(status),
    desiredRevision: status.desired ?? null,
    lastGoodRevision: status.lastGood ?? null,
    generation: status.generation,
    enteredAt: timestamp(enteredAtMs(status)),
    updatedAt: timestamp(status.updatedAtMs),
    intent: status.intent === undefined ? null : intentDocument(status.intent),
    conditions: status.conditions.map(conditionDocument),
    lastDiff:
      status.lastDiff === undefined
        ? null
        : {
            at: timestamp(status.lastDiff.atMs),
            cause: status.lastDiff.cause,
            changes: status.lastDiff.diff.changes,
          },
    lastProbes: status.lastProbes,
  }
}

export function conditionDocument({ lastTransitionTimeMs, ...condition }: Condition): Record<string, unknown> {
  return { ...condition, lastTransitionTime: timestamp(lastTransitionTimeMs) }
}

function intentDocument({ startedAtMs, ...intent }: NonNullable<ComponentStatus['intent']>) {
  return { ...intent, startedAt: timestamp(startedAtMs) }
}
