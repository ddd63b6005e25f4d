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

/** The columns of what is made of a row, as columns of the row. */
export function columnsOf<Row, Made>(make: (row: Row) => Made, columns: readonly Column<Made>[]): Column<Row>[] {
  return columns.map((column) => ({ ...column, cell: (row) => column.cell(make(row)) }))
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

/** Spaces between columns. */
const GAP = 3
/** Below this many cells a cut column says nothing any more; then the line is left to wrap. */
const MIN_LAST_COLUMN = 12

/** One column, from its heading (where wanted) to its last row. Ten thousand rows must not make an object for each cell. */
interface Laid {
  texts: string[]
  colors: (Color | undefined)[]
  /** Cells that each text takes. */
  widths: number[]
  width: number
}

/** One line per row, each ended by a line break; no rows give the empty text. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions): string {
  if (rows.length === 0) return ''
  const laid = columns.map((column, at) => layOut(column, rows, options.headings !== false, options.widths?.[at]))
  let text = ''
  for (let line = 0; line < (laid[0]?.texts.length ?? 0); line++) text += formatLine(laid, line, options)
  return text
}

/** The widths that `table` gives these rows, for a table that is continued later. */
export function tableWidths<T>(columns: readonly Column<T>[], rows: readonly T[]): number[] {
  return columns.map((column) => layOut(column, rows, true).width)
}

function layOut<T>(column: Column<T>, rows: readonly T[], hasHeading: boolean, atLeast = 0): Laid {
  const laid: Laid = { texts: [], colors: [], widths: [], width: atLeast }
  if (hasHeading) add(laid, column.heading)
  for (const row of rows) add(laid, column.cell(row))
  return laid
}

function add(laid: Laid, cell: Cell): void {
  const text = escapeControl(typeof cell === 'string' ? cell : cell.text)
  laid.texts.push(text)
  laid.colors.push(typeof cell === 'string' ? undefined : cell.color)
  const width = displayWidth(text)
  laid.widths.push(width)
  if (width > laid.width) laid.width = width
}

function formatLine(columns: readonly Laid[], line: number, options: TableOptions): string {
  let text = ' '.repeat(options.indent ?? 0)
  let used = text.length
  for (const { texts, colors, widths, width } of columns.slice(0, -1)) {
    const padding = ' '.repeat(width - (widths[line] ?? 0) + GAP)
    text += paint(texts[line] ?? '', colors[line], options.color) + padding
    used += width + GAP
  }
  const last = columns.at(-1)
  const room = (options.columns ?? Number.POSITIVE_INFINITY) - used
  text += paint(cutTo(last?.texts[line] ?? '', room), last?.colors[line], options.color)
  return `${text.trimEnd()}\n`
}

function cutTo(text: string, room: number): string {
  return room >= MIN_LAST_COLUMN ? truncate(text, room) : text
}
