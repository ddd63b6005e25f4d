// How a persisted state machine is shown: a row, a document for programs, and a page for people.
import type { ComponentStatus } from '../model/status.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import { age, duration, timestamp } from './age.ts'
import { paint, stateColor } from './color.ts'
import { conditionDocument } from './component-presentation.ts'
import type { Terminal } from './composition.ts'
import { conditionTable } from './condition-table.ts'
import { escapeControl } from './escape.ts'
import type { OutputFormat, Presentation } from './output.ts'
import { enteredAtMs, namesOf, readiness, stateCell, stateName } from './state.ts'
import type { Column } from './table.ts'

type NextEvents = typeof import('../../machines/next-events.ts').nextEvents

type SnapshotPresentation = ReturnType<typeof presentationWith>

/** Loads the machine only for the formats that show what comes next: a plain table starts faster without it. */
export async function snapshotPresentation(format: OutputFormat): Promise<SnapshotPresentation> {
  if (format === 'table' || format === 'name') return presentationWith(() => [])
  const { nextEvents } = await import('../../machines/next-events.ts')
  return presentationWith(nextEvents)
}

function presentationWith(nextEvents: NextEvents) {
  return {
    columns: (nowMs: number) => snapshotColumns(nowMs, nextEvents),
    document: (status: ComponentStatus) => snapshotDocument(status, nextEvents),
    name: (status: StatusSummary) => `snapshot/${status.key}`,
  } satisfies Presentation<ComponentStatus>
}

function snapshotColumns(nowMs: number, nextEvents: NextEvents): Column<StatusSummary>[] {
  return [
    { heading: 'NAME', cell: (status) => namesOf(status).component },
    { heading: 'HOST', cell: (status) => namesOf(status).host },
    { heading: 'STATE', cell: stateCell },
    { heading: 'READY', cell: (status) => readiness(status), wide: true },
    { heading: 'SINCE', cell: (status) => age(enteredAtMs(status), nowMs) },
    { heading: 'ATTEMPTS', cell: ({ lifecycle }) => plain(lifecycle.context.attempts) },
    { heading: 'DUE', cell: ({ lifecycle }) => due(lifecycle.context.dueAtMs, nowMs) },
    { heading: 'MACHINE', cell: ({ lifecycle }) => `v${lifecycle.machineVersion}`, wide: true },
    {
      heading: 'NEXT',
      cell: ({ lifecycle }) =>
        nextEvents(lifecycle)
          .map((next) => next.event)
          .join(','),
      wide: true,
    },
    { heading: 'REASON', cell: ({ lifecycle }) => plain(lifecycle.context.reason) },
  ]
}

function snapshotDocument({ key, lifecycle, conditions }: ComponentStatus, nextEvents: NextEvents) {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Snapshot',
    metadata: { key },
    machineVersion: lifecycle.machineVersion,
    state: stateName(lifecycle.value),
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
  const state = stateName(lifecycle.value)
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

function due(atMs: unknown, nowMs: number): string {
  if (typeof atMs !== 'number') return '-'
  return atMs > nowMs ? `in ${duration(atMs - nowMs)}` : 'now'
}

function plain(value: unknown): string {
  return value === undefined || value === null || value === '' ? '-' : String(value)
}
