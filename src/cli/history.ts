// `homeostat history`: the changes of one component, what caused each and how it ended.
import type { Command } from 'commander'
import type { ComponentStatus } from '../model/status.ts'
import type { ListingStore } from '../store/store.ts'
import { age, duration, timestamp } from './age.ts'
import type { Composition } from './composition.ts'
import { type HistoryRow, historyRows } from './history-rows.ts'
import { type OutputFormat, outputOption, type Presentation, print } from './output.ts'
import { selectStatuses } from './select.ts'
import { shortRevision } from './state.ts'
import type { Column } from './table.ts'
import { verbSummaries } from './verbs.ts'
import { withReader } from './with-reader.ts'

/** Events read per component on a host; ten generations of a restless one are far fewer. */
const MAX_EVENTS = 10_000

export function register(program: Command, composition: Composition): void {
  program
    .command('history <COMPONENT[@HOST]>')
    .summary(verbSummaries.history as string)
    .description(
      'Show every change of a component: generation, revision, cause, how it ended, what became of it, and whether its host kept it. Oldest first.',
    )
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  homeostat history prometheus@monitoring -o wide')
    .action((name: string, { output }: { output: OutputFormat }) =>
      withReader(composition, async (store) => {
        const { rows: statuses } = await selectStatuses(store, [name])
        const rows = await readHistory(store, statuses)
        await print(composition, output, rows, presentationOf(statuses.length > 1))
        if (rows.length === 0 && (output === 'table' || output === 'wide'))
          composition.terminal.err(`nothing was changed for ${name} as far as the events go back\n`)
      }),
    )
}

async function readHistory(store: ListingStore, statuses: readonly ComponentStatus[]): Promise<HistoryRow[]> {
  const rows = []
  for (const status of statuses)
    rows.push(...historyRows(status, await store.events({ key: status.key, limit: MAX_EVENTS })))
  return rows
}

function presentationOf(hasSeveralHosts: boolean): Presentation<HistoryRow> {
  return {
    columns: (nowMs) => historyColumns(nowMs, hasSeveralHosts),
    document: historyDocument,
    name: ({ operationId }) => `operation/${operationId}`,
  }
}

function historyColumns(nowMs: number, hasSeveralHosts: boolean): Column<HistoryRow>[] {
  return [
    ...(hasSeveralHosts ? [{ heading: 'KEY', cell: ({ key }: HistoryRow) => key }] : []),
    { heading: 'GENERATION', cell: ({ generation }) => (generation === undefined ? '-' : String(generation)) },
    { heading: 'CHANGE', cell: ({ change }) => change || '-' },
    { heading: 'REVISION', cell: ({ revision }) => shortRevision(revision) },
    { heading: 'CAUSE', cell: ({ cause }) => cause ?? '-' },
    { heading: 'STATE', cell: ({ states }) => states.join(', ') || '-' },
    { heading: 'KEPT', cell: ({ kept }) => (kept === undefined ? '-' : kept ? 'yes' : 'no') },
    { heading: 'STARTED', cell: ({ startedAtMs }) => (startedAtMs === 0 ? '-' : `${age(startedAtMs, nowMs)} ago`) },
    { heading: 'TIME', cell: ({ startedAtMs }) => timestamp(startedAtMs) ?? '-', wide: true },
    { heading: 'TOOK', cell: ({ startedAtMs, endedAtMs }) => duration(endedAtMs - startedAtMs) },
    { heading: 'OUTCOME', cell: ({ outcome }) => outcome, color: ({ isBad }) => (isBad ? 'red' : undefined) },
    { heading: 'OPERATION', cell: ({ operationId }) => operationId, wide: true },
    { heading: 'STEPS', cell: ({ steps }) => steps.join(' > '), wide: true },
    { heading: 'NOTE', cell: ({ notes }) => notes.join(', ') || '-' },
    { heading: 'MESSAGE', cell: ({ message }) => message },
  ]
}

function historyDocument({ startedAtMs, endedAtMs, ...row }: HistoryRow): Record<string, unknown> {
  const { key, isBad, ...rest } = row
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Change',
    metadata: { key },
    ...rest,
    failed: isBad,
    startedAt: timestamp(startedAtMs),
    endedAt: timestamp(endedAtMs),
  }
}
