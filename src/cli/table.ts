// Tables as kubectl prints them: upper-case headings, columns padded to their widest cell, three spaces between.
import { escapeControl, printableAscii } from '../model/escape-control.ts'
import { type Color, paint } from './color.ts'
import { displayWidth, truncate } from './width.ts'

export interface Column<T> {
  heading: string
  cell(row: T): string
  /** The colour of the cell; asked for only where colours are shown. */
  color?(row: T): Color | undefined
  /** Shown with `-o wide` only. */
  wide?: boolean
}

/** The columns of what is made of a row, as columns of the row. */
export function columnsOf<Row, Made>(make: (row: Row) => Made, columns: readonly Column<Made>[]): Column<Row>[] {
  return columns.map(({ cell, color, ...column }) => ({
    ...column,
    cell: (row) => cell(make(row)),
    ...(color === undefined ? {} : { color: (row: Row) => color(make(row)) }),
  }))
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
export const GAP = 3
/** Below this many cells a cut column says nothing any more; then the line is left to wrap. */
const MIN_LAST_COLUMN = 12

/** One column, from its heading (where wanted) to its last row. Ten thousand rows must not make an object for each cell. */
interface Laid {
  texts: string[]
  /** Undefined where no colours are shown, or the column has none. */
  colors: (Color | undefined)[] | undefined
  /** Every text takes as many cells as it has characters. */
  isPlain: boolean
  width: number
}

/** One line per row, each ended by a line break; no rows give the empty text. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions): string {
  if (rows.length === 0) return ''
  const laid = columns.map((column, at) => layOut(column, rows, options, options.widths?.[at]))
  const lines: string[] = []
  for (let line = 0; line < (laid[0]?.texts.length ?? 0); line++) lines.push(formatLine(laid, line, options))
  return `${lines.join('\n')}\n`
}

/** The widths that `table` gives these rows, for a table that is continued later. */
export function tableWidths<T>(columns: readonly Column<T>[], rows: readonly T[]): number[] {
  return columns.map((column) => layOut(column, rows, { color: false }).width)
}

function layOut<T>(column: Column<T>, rows: readonly T[], { color, headings = true }: TableOptions, atLeast = 0): Laid {
  const texts = headings ? [column.heading] : []
  let width = Math.max(atLeast, texts[0]?.length ?? 0)
  for (const row of rows) {
    const text = column.cell(row)
    if (text.length > width) width = text.length
    texts.push(text)
  }
  const { color: colorOf } = column
  const colors =
    color && colorOf !== undefined ? [...(headings ? [undefined] : []), ...rows.map((row) => colorOf(row))] : undefined
  // One look at the whole column: most hold nothing that would have to be looked at cell by cell.
  if (printableAscii.test(texts.join(''))) return { texts, colors, isPlain: true, width }
  const shown = texts.map((text) => escapeControl(text))
  width = shown.reduce((widest, text) => Math.max(widest, displayWidth(text)), atLeast)
  return { texts: shown, colors, isPlain: false, width }
}

function formatLine(columns: readonly Laid[], line: number, options: TableOptions): string {
  let text = ' '.repeat(options.indent ?? 0)
  let used = text.length
  for (let at = 0; at < columns.length - 1; at++) {
    const { texts, colors, isPlain, width } = columns[at] as Laid
    const cell = texts[line] as string
    const cells = isPlain ? cell.length : displayWidth(cell)
    text += colors === undefined ? cell : paint(cell, colors[line], true)
    text += ' '.repeat(width + GAP - cells)
    used += width + GAP
  }
  const last = columns.at(-1)
  const room = (options.columns ?? Number.POSITIVE_INFINITY) - used
  text += paint(cutTo(last?.texts[line] ?? '', room), last?.colors?.[line], true)
  return text.trimEnd()
}

function cutTo(text: string, room: number): string {
  return room >= MIN_LAST_COLUMN ? truncate(text, room) : text
}
