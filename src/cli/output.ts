// The `-o` option: prints rows as a table, names, or documents for programs.
import { Option } from 'commander'
import { escapeSerialized } from '../model/escape-control.ts'
import type { Composition } from './composition.ts'
import { type Column, table } from './table.ts'

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name'

const formats: readonly OutputFormat[] = ['table', 'wide', 'json', 'yaml', 'name']

/** The option itself; verbs with formats of their own name them. */
export function outputOption(more: readonly string[] = []): Option {
  return new Option('-o, --output <format>', 'how to print it').choices([...formats, ...more]).default('table')
}

/** How one kind of thing is shown in each format. */
export interface Presentation<T> {
  columns(nowMs: number): Column<T>[]
  /** A plain JSON value. */
  document(row: T): Record<string, unknown>
  /** As `kind/name`. */
  name(row: T): string
}

export interface PrintOptions {
  /** One thing was asked for by its full name: programs get the object itself instead of a list. */
  isSingle?: boolean
}

/** Formats that need no more of a row than a list shows. */
export function isBrief(format: OutputFormat): format is 'table' | 'name' {
  return format === 'table' || format === 'name'
}

/** Prints the rows as names or as a table; no rows print nothing. */
export function printRows<T>(
  { terminal, nowMs }: Pick<Composition, 'terminal' | 'nowMs'>,
  format: 'table' | 'wide' | 'name',
  rows: readonly T[],
  presentation: Omit<Presentation<T>, 'document'>,
): void {
  terminal.out(
    format === 'name' ? names(rows, presentation) : tableText(format, rows, presentation, { terminal, nowMs }),
  )
}

/** Prints the rows in any format; no rows are an empty list as a document. */
export async function print<T>(
  tools: Pick<Composition, 'terminal' | 'nowMs'>,
  format: OutputFormat,
  rows: readonly T[],
  presentation: Presentation<T>,
  { isSingle = false }: PrintOptions = {},
): Promise<void> {
  if (format !== 'json' && format !== 'yaml') return printRows(tools, format, rows, presentation)
  const documents = rows.map(presentation.document)
  tools.terminal.out(await serialize(format, isSingle ? documents[0] : list(documents)))
}

function names<T>(rows: readonly T[], { name }: Pick<Presentation<T>, 'name'>): string {
  return rows.map((row) => `${name(row)}\n`).join('')
}

function tableText<T>(
  format: 'table' | 'wide',
  rows: readonly T[],
  presentation: Pick<Presentation<T>, 'columns'>,
  { terminal, nowMs }: Pick<Composition, 'terminal' | 'nowMs'>,
): string {
  const columns = columnsFor(format, presentation.columns(nowMs()))
  return table(columns, rows, { color: terminal.color, columns: cutAt(format, terminal.columns) })
}

/** Without the wide columns unless they were asked for. */
export function columnsFor<T>(format: OutputFormat, columns: readonly Column<T>[]): Column<T>[] {
  return columns.filter((column) => format === 'wide' || !column.wide)
}

/** Where lines are cut: nowhere in the wide format. */
export function cutAt(format: OutputFormat, columns: number | undefined): number | undefined {
  return format === 'wide' ? undefined : columns
}

/** JSON indented by two, or YAML without anchors and folding; ends with a line break. */
export async function serialize(format: 'json' | 'yaml', value: unknown): Promise<string> {
  if (format === 'json') return escapeSerialized(`${JSON.stringify(value, null, 2)}\n`)
  const { toYaml } = await import('./yaml.ts')
  return toYaml(value)
}

/** One JSON document on one line. */
export function jsonLine(value: unknown): string {
  return escapeSerialized(`${JSON.stringify(value)}\n`)
}

function list(items: Record<string, unknown>[]): Record<string, unknown> {
  return { apiVersion: 'homeostat/v1', kind: 'List', items }
}
