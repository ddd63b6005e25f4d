// Progress as a table that is redrawn in place, for a person at a terminal.
import { stripVTControlCharacters } from 'node:util'
import type { ComponentStatus } from '../model/status.ts'
import { componentPresentation } from './component-presentation.ts'
import type { Composition, RunningController } from './composition.ts'
import { conditionOf, namesOf, stateName } from './state.ts'
import { type Column, columnsOf, GAP, table, tableWidths } from './table.ts'
import { displayWidth } from './width.ts'

/** At most this often, so that a burst of changes does not flicker. */
const REDRAW_MS = 200
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_BELOW = '\x1b[J'
/** Lines that the screen keeps for itself. */
const SPARE_ROWS = 2

/** Redraws until the signal, with `footer()` below; leaves the last table on the screen. */
export async function followTable(
  running: RunningController,
  composition: Composition,
  signal: AbortSignal,
  footer: () => string,
): Promise<void> {
  const { terminal, wait } = composition
  let shown = ''
  terminal.out(HIDE_CURSOR)
  try {
    while (!signal.aborted) {
      shown = redraw(shown, frame(running, composition, footer()), composition)
      await wait(REDRAW_MS, signal)
    }
    redraw(shown, frame(running, composition, footer()), composition)
  } finally {
    terminal.out(SHOW_CURSOR)
  }
}

function redraw(shown: string, next: string, { terminal }: Composition): string {
  if (next === shown) return shown
  const up = shown === '' ? '' : `\x1b[${linesTaken(shown, terminal.columns)}A\r${CLEAR_BELOW}`
  terminal.out(`${up}${next}`)
  return next
}

/** Lines of the screen that a text takes, with those that a terminal of so many columns wraps. */
function linesTaken(text: string, columns = Number.POSITIVE_INFINITY): number {
  const lines = stripVTControlCharacters(text).split('\n').slice(0, -1)
  return lines.reduce((taken, line) => taken + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
}

/**
 * What fits on the screen: a frame taller than that could not be drawn over. A component that is well on all its hosts takes one
 * line then, and what is not well comes first.
 */
function frame(running: RunningController, { terminal, nowMs }: Composition, footer: string): string {
  const statuses = running.statuses()
  const height = (terminal.rows ?? 24) - SPARE_ROWS
  const room = height - 1 - footer.split('\n').length
  const rows = statuses.length <= room ? statuses.map((status) => ({ status, hosts: 1 })) : folded(statuses)
  const draw = (shown: Row[]) => {
    const rest = statuses.length - shown.reduce((sum, { hosts }) => sum + hosts, 0)
    const more = rest > 0 ? `… and ${rest} more: homeostat get components\n` : ''
    const fitting = columnsWithin(terminal.columns, columns(nowMs()), shown)
    return `${table(fitting, shown, { color: terminal.color, columns: terminal.columns })}${more}${footer}`
  }
  const whole = rows.length <= room ? draw(rows) : undefined
  if (whole !== undefined && linesTaken(whole, terminal.columns) < height) return whole
  const urgent = rows.sort(unwellFirst).slice(0, Math.max(room - 1, 1))
  // What wraps all the same takes the room of others.
  while (urgent.length > 1 && linesTaken(draw(urgent), terminal.columns) >= height) urgent.pop()
  return draw(urgent)
}

/** In this order they give way to the message. */
const DISPENSABLE = ['REVISION', 'READY', 'CHANGED']
/** Cells of a message that say something. */
const MESSAGE_CELLS = 30

/** One line each, as far as that can be had. */
function columnsWithin(cells: number | undefined, all: Column<Row>[], rows: Row[]): Column<Row>[] {
  const isTooWide = (some: Column<Row>[]) => {
    const widths = tableWidths(some.slice(0, -1), rows)
    return widths.reduce((sum, width) => sum + width + GAP, MESSAGE_CELLS) > (cells ?? Number.POSITIVE_INFINITY)
  }
  return DISPENSABLE.reduce(
    (left, name) => (isTooWide(left) ? left.filter(({ heading }) => heading !== name) : left),
    all,
  )
}

interface Row {
  /** Where it stands for several hosts, that of one of them. */
  status: ComponentStatus
  hosts: number
}

function folded(statuses: readonly ComponentStatus[]): Row[] {
  const byName = Map.groupBy(statuses, (status) => namesOf(status).component)
  return [...byName.values()].flatMap((all) => {
    const [first] = all
    return first !== undefined && all.every(isWell)
      ? [{ status: first, hosts: all.length }]
      : all.map((status) => ({ status, hosts: 1 }))
  })
}

/** Of several hosts, their number takes the place of what differs from one to the other. */
function columns(nowMs: number): Column<Row>[] {
  return componentPresentation
    .columns(nowMs)
    .filter((column) => column.wide !== true)
    .map((column) => {
      const [own] = columnsOf(({ status }: Row) => status, [column])
      const many = { HOST: (hosts: number) => `${hosts} hosts`, REVISION: () => '' }[column.heading]
      if (own === undefined || many === undefined) return own
      return { ...own, cell: (row: Row) => (row.hosts > 1 ? many(row.hosts) : own.cell(row)) }
    })
    .filter((column) => column !== undefined)
}

function unwellFirst({ status: a }: Row, { status: b }: Row): number {
  return Number(isWell(a)) - Number(isWell(b)) || (a.key < b.key ? -1 : 1)
}

function isWell(status: ComponentStatus): boolean {
  return stateName(status.lifecycle) === 'healthy.inSync' && conditionOf(status, 'Ready')?.status === 'True'
}
