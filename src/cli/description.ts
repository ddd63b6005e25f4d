// The page that `describe` prints for one component on one host. Pure.
import { escapeControl } from '../model/escape-control.ts'
import type { ProbeResult } from '../model/probe.ts'
import { resourceId } from '../model/resource.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import { type StatusSummary, summarize } from '../model/status-summary.ts'
import type { Target } from '../model/target.ts'
import type { HostRow } from '../store/store.ts'
import { age, duration } from './age.ts'
import { paint, stateColor, statusColor } from './color.ts'
import type { Terminal } from './composition.ts'
import { conditionTable } from './condition-table.ts'
import { diffHeading, diffText, ignoredText, traceText } from './drift-presentation.ts'
import { eventColumns } from './event-presentation.ts'
import { columnsFor } from './output.ts'
import { namesOf, shortRevision, whyText } from './state.ts'
import { type Column, table } from './table.ts'

export interface Description {
  status: ComponentStatus
  host: HostRow | undefined
  /** The target of the desired revision; undefined where the store no longer has it. */
  target: Target | undefined
  events: Event[]
}

/** Ends with a line break; empty sections are left out. */
export function descriptionText(
  { status, host, target, events }: Description,
  terminal: Terminal,
  nowMs: number,
): string {
  const sections: [heading: string, body: string][] = [
    ['Conditions', conditionTable(status.conditions, terminal, nowMs)],
    [diffHeading(status, nowMs), diffText(status.lastDiff?.diff.changes ?? []) + traceText(status)],
    ['Ignored drift', ignoredText(status.ignored ?? [])],
    ['Last probes', probesText(status.lastProbes, terminal)],
    ['Resources', (target?.resources ?? []).map((resource) => `  ${escapeControl(resourceId(resource))}\n`).join('')],
    ['Events', eventsText(events, terminal, nowMs)],
  ]
  const shown = sections.filter(([, body]) => body !== '').map(([heading, body]) => `\n${heading}:\n${body}`)
  return facts(status, host, target, terminal, nowMs) + shown.join('')
}

function facts(
  status: ComponentStatus,
  host: HostRow | undefined,
  target: Target | undefined,
  { color }: Terminal,
  nowMs: number,
): string {
  const { component, host: hostName } = namesOf(status)
  const summary = summarize(status)
  const { state, ready } = summary
  const lines: [label: string, value: string][] = [
    ['Name', escapeControl(component)],
    ['Host', escapeControl(`${hostName} (${reachability(host, nowMs)})`)],
    ['Type', escapeControl(status.type ?? target?.type ?? '-')],
    ['State', `${paint(escapeControl(state), stateColor(state), color)} for ${age(summary.enteredAtMs, nowMs)}`],
    ['Ready', paint(ready, statusColor(ready), color)],
    ['Message', escapeControl(whyText(summary) || '-')],
    ['Desired', revisionText(status.desired)],
    ['Last good', revisionText(status.lastGood)],
    ['Rejected', rejectedText(status)],
    ['Generation', String(status.generation)],
    ['Doing', intentText(status, nowMs)],
    ['Next try', nextTry(summary, nowMs)],
    ['Updated', `${age(status.updatedAtMs, nowMs)} ago`],
  ]
  return lines.map(([label, value]) => `${`${label}:`.padEnd(13)}${value}\n`).join('')
}

function reachability(host: HostRow | undefined, nowMs: number): string {
  if (host === undefined) return 'not contacted yet'
  const since = `for ${age(host.sinceMs, nowMs)}`
  return host.reachable ? `reachable ${since}` : `unreachable ${since}: ${host.message}`
}

function revisionText(revision: string | undefined): string {
  return revision === undefined ? '-' : `${shortRevision(revision)} (${revision})`
}

function rejectedText({ lifecycle }: ComponentStatus): string {
  const { rejected } = lifecycle.context
  if (!Array.isArray(rejected) || rejected.length === 0) return '-'
  return rejected.map((revision) => shortRevision(String(revision))).join(', ')
}

function intentText({ intent }: ComponentStatus, nowMs: number): string {
  if (intent === undefined) return 'nothing'
  const revision = intent.revision === undefined ? '' : ` of ${shortRevision(intent.revision)}`
  return `${intent.kind}${revision} because of ${intent.cause}, for ${age(intent.startedAtMs, nowMs)} (operation ${escapeControl(intent.operationId)})`
}

function nextTry({ dueAtMs, attempts }: StatusSummary, nowMs: number): string {
  if (dueAtMs === 0) return '-'
  const when = dueAtMs > nowMs ? `in ${duration(dueAtMs - nowMs)}` : 'now'
  return attempts > 0 ? `${when}, after ${attempts} failed` : when
}

function probesText(probes: readonly ProbeResult[], { color }: Terminal): string {
  const layout: Column<ProbeResult>[] = [
    { heading: 'PROBE', cell: ({ name }) => name },
    {
      heading: 'RESULT',
      cell: ({ passed, certain }) => (passed ? 'passed' : certain ? 'failed for certain' : 'failed'),
      color: ({ passed }) => (passed ? 'green' : 'red'),
    },
    { heading: 'EVIDENCE', cell: ({ message }) => message },
  ]
  return table(layout, probes, { color, indent: 2 })
}

function eventsText(events: readonly Event[], { color }: Terminal, nowMs: number): string {
  const layout = columnsFor('table', eventColumns(nowMs, { object: false }))
  return table(layout, events, { color, indent: 2 })
}
