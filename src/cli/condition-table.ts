// The conditions of a component as an indented table. Nothing is cut: who reads this wants the whole message.
import type { Condition } from '../model/status.ts'
import { age } from './age.ts'
import type { Color } from './color.ts'
import type { Terminal } from './composition.ts'
import { type Column, table } from './table.ts'

/** For these it is the False that is good news. */
const badWhenTrue: readonly string[] = [
  'Stalled',
  'Drifted',
  'Blocked',
  'Suspended',
  'RolledBack',
  'Deprecated',
  'StandIn',
]

/** Empty without conditions. */
export function conditionTable(conditions: readonly Condition[], terminal: Terminal, nowMs: number): string {
  const columns: Column<Condition>[] = [
    { heading: 'TYPE', cell: ({ type }) => type },
    { heading: 'STATUS', cell: ({ status }) => status, color: colorOf },
    { heading: 'REASON', cell: ({ reason }) => reason || '-' },
    { heading: 'SINCE', cell: ({ lastTransitionTimeMs }) => age(lastTransitionTimeMs, nowMs) },
    { heading: 'MESSAGE', cell: ({ message }) => message },
  ]
  return table(columns, conditions, { color: terminal.color, indent: 2 })
}

function colorOf({ type, status }: Condition): Color | undefined {
  if (status === 'Unknown') return 'yellow'
  if (type === 'Reconciling') return status === 'True' ? 'yellow' : undefined
  if (badWhenTrue.includes(type)) return status === 'True' ? 'red' : undefined
  return status === 'True' ? 'green' : 'red'
}
