// Tables as kubectl prints them: upper-case headings, columns padded to their widest cell, three spaces between.
import { escapeControl, printableAscii } from '../model/escape-control.ts'
import { type Color, paint } from './color.ts'
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
  /** Undefined where no cell has a colour. */
  colors: (Color | undefined)[] | undefined
  /** Every text takes as many cells as it has characters. */
  isPlain: boolean
  width: number
}

/** One line per row, each ended by a line break; no rows give the empty text. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions): string {
  if (rows.length === 0) return ''
  const laid = columns.map((column, at) => layOut(column, rows, options.headings !== false, options.widths?.[at]))
  const lines: string[] = []
  for (let line = 0; line < (laid[0]?.texts.length ?? 0); line++) lines.push(formatLine(laid, line, options))
  return `${lines.join('\n')}\n`
}

/** The widths that `table` gives these rows, for a table that is continued later. */
export function tableWidths<T>(columns: readonly Column<T>[], rows: readonly T[]): number[] {
  return columns.map((column) => layOut(column, rows, true).width)
}

function layOut<T>(column: Column<T>, rows: readonly T[], hasHeading: boolean, atLeast = 0): Laid {
  const texts = hasHeading ? [column.heading] : []
  let colors: Laid['colors']
  for (const row of rows) {
    const cell = column.cell(row)
    if (typeof cell !== 'string' && cell.color !== undefined) {
      colors ??= []
      colors[texts.length] = cell.color
    }
    texts.push(typeof cell === 'string' ? cell : cell.text)
  }
  // One look at the whole column: most hold nothing that would have to be looked at cell by cell.
  const isPlain = printableAscii.test(texts.join(''))
  const shown = isPlain ? texts : texts.map((text) => escapeControl(text))
  let width = atLeast
  for (const text of shown) width = Math.max(width, isPlain ? text.length : displayWidth(text))
  return { texts: shown, colors, isPlain, width }
}

function formatLine(columns: readonly Laid[], line: number, options: TableOptions): string {
  let text = ' '.repeat(options.indent ?? 0)
  let used = text.length
  for (let at = 0; at < columns.length - 1; at++) {
    const column = columns[at] as Laid
    const cell = column.texts[line] as string
    const room = column.width + GAP
    const cells = column.isPlain ? cell.length : displayWidth(cell)
    text += paint(cell, column.colors?.[line], options.color) + ' '.repeat(room - cells)
    used += room
  }
  const last = columns.at(-1)
  const room = (options.columns ?? Number.POSITIVE_INFINITY) - used
  text += paint(cutTo(last?.texts[line] ?? '', room), last?.colors?.[line], options.color)
  return text.trimEnd()
}

function cutTo(text: string, room: number): string {
  return room >= MIN_LAST_COLUMN ? truncate(text, room) : text
}
