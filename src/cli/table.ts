// Tables as kubectl prints them: upper-case headings, columns padded to their widest cell, three spaces between.
import { type Color, paint } from './color.ts'
import { escapeControl } from './escape.ts'
import { displayWidth, truncate } from './width.ts'

export type Cell = string | { text: string; color?: Color | undefined }

export interface Column<T> {
  heading: string
  cell(row: T): Cell
  /** Shown with `-o wide` only. */
  wide?: boolean
}

export interface TableOptions {
  color: boolean
  /** Cells in a line; the last column is cut to fit. Undefined: nothing is cut. */
  columns?: number | undefined
  /** Default true. */
  headings?: boolean
  /** Spaces before every line; default 0. */
  indent?: number
  /** Widths from an earlier table, so that rows printed later line up; a wider cell still gets its room. */
  widths?: readonly number[]
}

const GAP = '   '
/** Below this many cells a cut column says nothing any more; then the line is left to wrap. */
const MIN_LAST_COLUMN = 12

interface Measured {
  text: string
  color: Color | undefined
  width: number
}

/** One line per row, each ended by a line break; no rows give the empty text. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions): string {
  if (rows.length === 0) return ''
  const lines = measure(columns, rows, options.headings !== false)
  const widths = columnWidths(lines, options.widths ?? [])
  return lines.map((line) => formatLine(line, widths, options)).join('')
}

/** The widths that `table` gives these rows, for a table that is continued later. */
export function tableWidths<T>(columns: readonly Column<T>[], rows: readonly T[]): number[] {
  return columnWidths(measure(columns, rows, true), [])
}

function measure<T>(columns: readonly Column<T>[], rows: readonly T[], headings: boolean): Measured[][] {
  const lines = rows.map((row) => columns.map((column) => measured(column.cell(row))))
  return headings ? [columns.map(({ heading }) => measured(heading)), ...lines] : lines
}

function measured(cell: Cell): Measured {
  const text = escapeControl(typeof cell === 'string' ? cell : cell.text)
  return { text, color: typeof cell === 'string' ? undefined : cell.color, width: displayWidth(text) }
}

function columnWidths(lines: readonly Measured[][], atLeast: readonly number[]): number[] {
  const widths = [...atLeast]
  for (const line of lines)
    for (const [at, { width }] of line.entries()) if (width > (widths[at] ?? 0)) widths[at] = width
  return widths
}

function formatLine(line: readonly Measured[], widths: readonly number[], options: TableOptions): string {
  const indent = ' '.repeat(options.indent ?? 0)
  let text = indent
  let used = indent.length
  for (const [at, { text: cell, color, width }] of line.entries()) {
    const columnWidth = widths[at] ?? 0
    if (at < line.length - 1) {
      text += `${paint(cell, color, options.color)}${' '.repeat(Math.max(0, columnWidth - width))}${GAP}`
      used += columnWidth + GAP.length
    } else text += paint(cutTo(cell, (options.columns ?? Number.POSITIVE_INFINITY) - used), color, options.color)
  }
  return `${text.trimEnd()}\n`
}

function cutTo(text: string, room: number): string {
  return room >= MIN_LAST_COLUMN ? truncate(text, room) : text
}
