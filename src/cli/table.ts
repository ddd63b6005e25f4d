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

/** One line per row, each ended by a line break; no rows give the empty text. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions): string {
  const cells = rows.map((row) => columns.map((column) => harmless(column.cell(row))))
  const heads = options.headings === false ? [] : [columns.map(({ heading }) => ({ text: heading, color: undefined }))]
  const lines = [...heads, ...cells]
  const widths = columnWidths(lines, options.widths ?? [])
  return rows.length === 0 ? '' : lines.map((line) => formatLine(line, widths, options)).join('')
}

/** The widths that `table` gives these rows, for a table that is continued later. */
export function tableWidths<T>(columns: readonly Column<T>[], rows: readonly T[]): number[] {
  const heads = columns.map(({ heading }) => ({ text: heading, color: undefined }))
  return columnWidths([heads, ...rows.map((row) => columns.map((column) => harmless(column.cell(row))))], [])
}

interface PlainCell {
  text: string
  color: Color | undefined
}

function harmless(cell: Cell): PlainCell {
  const { text, color } = typeof cell === 'string' ? { text: cell, color: undefined } : cell
  return { text: escapeControl(text), color }
}

function columnWidths(lines: readonly PlainCell[][], atLeast: readonly number[]): number[] {
  const widths = [...atLeast]
  for (const line of lines)
    line.forEach(({ text }, at) => {
      widths[at] = Math.max(widths[at] ?? 0, displayWidth(text))
    })
  return widths
}

function formatLine(line: readonly PlainCell[], widths: readonly number[], options: TableOptions): string {
  const indent = ' '.repeat(options.indent ?? 0)
  let used = indent.length
  const texts = line.map(({ text, color }, at) => {
    const isLast = at === line.length - 1
    const room = options.columns === undefined ? Number.POSITIVE_INFINITY : options.columns - used
    const shown = isLast && room >= MIN_LAST_COLUMN ? truncate(text, room) : text
    used += (widths[at] ?? 0) + GAP.length
    const padding = isLast ? '' : ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(shown)))
    return paint(shown, color, options.color) + padding
  })
  return `${(indent + texts.join(GAP)).trimEnd()}\n`
}
