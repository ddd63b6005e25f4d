// How a host is shown: whether it is reached, and how its components are.
import type { HostRow, SummaryOf } from '../store/store.ts'
import { age, timestamp } from './age.ts'
import type { Presentation } from './output.ts'
import { isIn, namesOf } from './state.ts'
import type { Column } from './table.ts'

export interface HostView extends HostRow {
  /** Components that are wanted there, and how many of them are ready. */
  wanted: number
  ready: number
}

/** One view per host, with its components counted. */
export function hostViews(hosts: readonly HostRow[], statuses: readonly SummaryOf<'state' | 'ready'>[]): HostView[] {
  const views = new Map(hosts.map((host) => [host.name, { ...host, wanted: 0, ready: 0 }]))
  for (const status of statuses) {
    const view = views.get(namesOf(status).host)
    if (view === undefined || isIn(status.state, 'disabled')) continue
    view.wanted += 1
    if (status.ready === 'True') view.ready += 1
  }
  return [...views.values()]
}

export const hostPresentation: Presentation<HostView> = {
  columns: hostColumns,
  document: hostDocument,
  name: (host) => `host/${host.name}`,
}

function hostColumns(nowMs: number): Column<HostView>[] {
  return [
    { heading: 'NAME', cell: (host) => host.name },
    {
      heading: 'REACHABLE',
      cell: ({ reachable }) => (reachable ? 'True' : 'False'),
      color: ({ reachable }) => (reachable ? 'green' : 'red'),
    },
    {
      heading: 'READY',
      cell: ({ ready, wanted }) => `${ready}/${wanted}`,
      color: ({ ready, wanted }) => (ready === wanted ? undefined : 'yellow'),
    },
    { heading: 'MACHINE-ID', cell: (host) => host.machineId || '-', wide: true },
    { heading: 'BOOT-ID', cell: (host) => host.bootId || '-', wide: true },
    { heading: 'FENCE', cell: (host) => String(host.fence), wide: true },
    { heading: 'SINCE', cell: (host) => age(host.sinceMs, nowMs) },
    { heading: 'MESSAGE', cell: (host) => host.message },
  ]
}

function hostDocument(host: HostView): Record<string, unknown> {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'HostStatus',
    metadata: { name: host.name },
    reachable: host.reachable,
    since: timestamp(host.sinceMs),
    message: host.message,
    machineId: host.machineId,
    bootId: host.bootId,
    fence: host.fence,
    components: { wanted: host.wanted, ready: host.ready },
  }
}
