// How a persisted state machine is shown: a row, a document for programs, and a page for people.
import { escapeControl } from '../model/escape-control.ts'
import type { ComponentStatus } from '../model/status.ts'
import { stateName, summarize } from '../model/status-summary.ts'
import type { SummaryOf } from '../store/store.ts'
import { age, duration, timestamp } from './age.ts'
import { paint, stateColor } from './color.ts'
import { conditionDocument } from './component-presentation.ts'
import type { Terminal } from './composition.ts'
import { conditionTable } from './condition-table.ts'
import type { Presentation } from './output.ts'
import { namesOf } from './state.ts'
import { type Column, columnsOf } from './table.ts'

type NextEvents = typeof import('../../machines/next-events.ts').nextEvents

const fields = ['state', 'enteredAtMs', 'attempts', 'dueAtMs', 'heldBy'] as const
type Brief = SummaryOf<(typeof fields)[number]>

/** For lists that are printed as tables: made of summaries alone, without the machine. */
export const snapshotRows = {
  fields,
  columns: (nowMs: number): Column<Brief>[] => Object.values(briefColumns(nowMs)),
  name: ({ key }: { key: string }) => `snapshot/${key}`,
}

/** Loads the machine, which says what comes next. */
export async function snapshotPresentation(): Promise<Presentation<ComponentStatus>> {
  const { nextEvents } = await import('../../machines/next-events.ts')
  return {
    columns: (nowMs) => snapshotColumns(nowMs, nextEvents),
    document: (status) => snapshotDocument(status, nextEvents),
    name: snapshotRows.name,
  }
}

function briefColumns(nowMs: number) {
  return {
    name: { heading: 'NAME', cell: (row) => namesOf(row).component },
    host: { heading: 'HOST', cell: (row) => namesOf(row).host },
    state: { heading: 'STATE', cell: ({ state }) => state, color: ({ state }) => stateColor(state) },
    since: { heading: 'SINCE', cell: ({ enteredAtMs }) => age(enteredAtMs, nowMs) },
    attempts: { heading: 'ATTEMPTS', cell: ({ attempts }) => String(attempts) },
    due: { heading: 'DUE', cell: ({ dueAtMs }) => due(dueAtMs, nowMs) },
    reason: { heading: 'REASON', cell: ({ heldBy }) => heldBy || '-' },
  } satisfies Record<string, Column<Brief>>
}

function snapshotColumns(nowMs: number, nextEvents: NextEvents): Column<ComponentStatus>[] {
  const { reason, ...first } = briefColumns(nowMs)
  return [
    ...columnsOf(summarize, Object.values(first)),
    { heading: 'MACHINE', cell: ({ lifecycle }) => `v${lifecycle.machineVersion}`, wide: true },
    {
      heading: 'NEXT',
      cell: ({ lifecycle }) =>
        nextEvents(lifecycle)
          .map(({ event }) => event)
          .join(','),
      wide: true,
    },
    ...columnsOf(summarize, [reason]),
  ]
}

function snapshotDocument({ key, lifecycle, conditions }: ComponentStatus, nextEvents: NextEvents) {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Snapshot',
    metadata: { key },
    machineVersion: lifecycle.machineVersion,
    state: stateName(lifecycle),
    value: lifecycle.value,
    context: lifecycle.context,
    conditions: conditions.map(conditionDocument),
    nextEvents: nextEvents(lifecycle),
  }
}

/** One snapshot on a page: value, context, conditions, and the events that it would react to. */
export async function snapshotText(status: ComponentStatus, terminal: Terminal, nowMs: number): Promise<string> {
  const { nextEvents } = await import('../../machines/next-events.ts')
  const { lifecycle, key, conditions } = status
  const state = stateName(lifecycle)
  const context = Object.entries(lifecycle.context).map(
    ([name, value]) => `  ${name}: ${contextValue(name, value, nowMs)}\n`,
  )
  const next = nextEvents(lifecycle).map(
    ({ event, leadsTo }) => `  ${event}${leadsTo.length > 0 ? ` → ${leadsTo.join(' | ')}` : ''}\n`,
  )
  const section = (heading: string, lines: string) => (lines === '' ? '' : `\n${heading}:\n${lines}`)
  return [
    `Key:     ${escapeControl(key)}\n`,
    `State:   ${paint(escapeControl(state), stateColor(state), terminal.color)}\n`,
    `Value:   ${escapeControl(JSON.stringify(lifecycle.value))}\n`,
    `Machine: version ${lifecycle.machineVersion}\n`,
    section('Context', context.join('')),
    section('Conditions', conditionTable(conditions, terminal, nowMs)),
    section('Next events', next.join('')),
  ].join('')
}

/** Times are shown with their distance from now, everything else as JSON. */
function contextValue(name: string, value: unknown, nowMs: number): string {
  const isTime = name.endsWith('AtMs') || name.endsWith('SinceMs')
  if (!isTime || typeof value !== 'number' || value === 0) return escapeControl(JSON.stringify(value) ?? '-')
  const distance = value > nowMs ? `in ${duration(value - nowMs)}` : `${duration(nowMs - value)} ago`
  return `${timestamp(value)} (${distance})`
}

function due(atMs: number, nowMs: number): string {
  if (atMs === 0) return '-'
  return atMs > nowMs ? `in ${duration(atMs - nowMs)}` : 'now'
}
