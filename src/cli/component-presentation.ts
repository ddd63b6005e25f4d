// How a component on a host is shown: the row of a table and the document for programs.
import type { ComponentStatus, Condition } from '../model/status.ts'
import { conditionOf, summarize } from '../model/status-summary.ts'
import type { SummaryOf } from '../store/store.ts'
import { age, timestamp } from './age.ts'
import { stateColor, statusColor } from './color.ts'
import type { Presentation } from './output.ts'
import { namesOf, shortRevision, whyText } from './state.ts'
import { type Column, columnsOf } from './table.ts'

const fields = ['state', 'ready', 'reason', 'message', 'desired', 'enteredAtMs'] as const
type Brief = SummaryOf<(typeof fields)[number]>

/** For lists that are printed as tables: made of summaries alone. */
export const componentRows = {
  fields,
  columns: (nowMs: number): Column<Brief>[] => Object.values(briefColumns(nowMs)),
  name: ({ key }: { key: string }) => `component/${key}`,
}

export const componentPresentation: Presentation<ComponentStatus> = {
  columns: componentColumns,
  document: componentDocument,
  name: componentRows.name,
}

function briefColumns(nowMs: number) {
  return {
    name: { heading: 'NAME', cell: (row) => namesOf(row).component },
    host: { heading: 'HOST', cell: (row) => namesOf(row).host },
    state: { heading: 'STATE', cell: ({ state }) => state, color: ({ state }) => stateColor(state) },
    ready: { heading: 'READY', cell: ({ ready }) => ready, color: ({ ready }) => statusColor(ready) },
    revision: { heading: 'REVISION', cell: ({ desired }) => shortRevision(desired) },
    changed: { heading: 'CHANGED', cell: ({ enteredAtMs }) => age(enteredAtMs, nowMs) },
    message: { heading: 'MESSAGE', cell: whyText },
  } satisfies Record<string, Column<Brief>>
}

function componentColumns(nowMs: number): Column<ComponentStatus>[] {
  const { changed, message, ...first } = briefColumns(nowMs)
  return [
    ...columnsOf(summarize, Object.values(first)),
    { heading: 'LAST-GOOD', cell: ({ lastGood }) => shortRevision(lastGood), wide: true },
    { heading: 'GENERATION', cell: ({ generation }) => String(generation), wide: true },
    { heading: 'REACHABLE', cell: (status) => conditionOf(status, 'Reachable')?.status ?? 'Unknown', wide: true },
    { heading: 'DOING', cell: doing, wide: true },
    ...columnsOf(summarize, [changed, message]),
  ]
}

function doing({ intent }: ComponentStatus): string {
  return intent === undefined ? '-' : `${intent.kind} (${intent.cause})`
}

/** The status as a program sees it: times are RFC 3339, unknown ones null. */
export function componentDocument(status: ComponentStatus): Record<string, unknown> {
  const { component, host } = namesOf(status)
  const summary = summarize(status)
  return {
    apiVersion: 'homeostat/v1',
    kind: 'ComponentStatus',
    metadata: { name: component, host, key: status.key },
    type: status.type ?? null,
    state: summary.state,
    ready: summary.ready,
    message: whyText(summary),
    desiredRevision: status.desired ?? null,
    lastGoodRevision: status.lastGood ?? null,
    generation: status.generation,
    enteredAt: timestamp(summary.enteredAtMs),
    updatedAt: timestamp(status.updatedAtMs),
    intent: status.intent === undefined ? null : intentDocument(status.intent),
    conditions: status.conditions.map(conditionDocument),
    lastDiff: status.lastDiff === undefined ? null : diffDocument(status.lastDiff),
    lastProbes: status.lastProbes,
  }
}

export function conditionDocument({ lastTransitionTimeMs, ...condition }: Condition): Record<string, unknown> {
  return { ...condition, lastTransitionTime: timestamp(lastTransitionTimeMs) }
}

function intentDocument({ startedAtMs, ...intent }: NonNullable<ComponentStatus['intent']>) {
  return { ...intent, startedAt: timestamp(startedAtMs) }
}

function diffDocument({ atMs, cause, diff }: NonNullable<ComponentStatus['lastDiff']>) {
  return { at: timestamp(atMs), cause, changes: diff.changes }
}
