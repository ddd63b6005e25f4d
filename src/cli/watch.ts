// `-w`: prints the table once, then every row again whose content changed, as kubectl does.
import type { Composition } from './composition.ts'
import { columnsFor, cutAt, jsonLine, type OutputFormat, type Presentation, print, serialize } from './output.ts'
import { table, tableWidths } from './table.ts'

/** How often the store is asked for news: a read of one small table, cheap beside a second of anything else. */
export const WATCH_INTERVAL_MS = 500

export interface Watched<T> {
  /** What there is now; called at first and then every `WATCH_INTERVAL_MS`. */
  read(): Promise<readonly T[]>
  /** Tells rows apart. */
  id(row: T): string
  /** Changes exactly when the row is worth printing again. */
  fingerprint(row: T): string
}

type Tools = Pick<Composition, 'terminal' | 'nowMs' | 'wait' | 'stop'>

/** Prints what there is and then changes, until `stop`. JSON comes as one document per line, YAML with `---` between. */
export async function watch<T>(
  tools: Tools,
  format: OutputFormat,
  watched: Watched<T>,
  presentation: Presentation<T>,
): Promise<void> {
  const seen = new Map<string, string>()
  let widths: number[] | undefined
  while (!tools.stop.aborted) {
    const startedAtMs = tools.nowMs()
    const rows = await watched.read()
    const readMs = tools.nowMs() - startedAtMs
    const news = rows.filter((row) => seen.get(watched.id(row)) !== watched.fingerprint(row))
    for (const row of news) seen.set(watched.id(row), watched.fingerprint(row))
    forgetGone(seen, rows, watched)
    if (format === 'json' || format === 'yaml') await printDocuments(tools, format, news, presentation)
    else if (format === 'name' || widths === undefined) await print(tools, format, news, presentation)
    else printMore(tools, format, news, presentation, widths)
    if (news.length > 0) widths ??= tableWidths(columnsFor(format, presentation.columns(tools.nowMs())), news)
    // A store so large that reading it takes long is read less often: never more than a tenth of the time.
    await tools.wait(Math.max(WATCH_INTERVAL_MS, 10 * readMs), tools.stop)
  }
}

function forgetGone<T>(seen: Map<string, string>, rows: readonly T[], { id }: Watched<T>): void {
  if (seen.size === rows.length) return
  const present = new Set(rows.map(id))
  for (const key of seen.keys()) if (!present.has(key)) seen.delete(key)
}

function printMore<T>(
  { terminal, nowMs }: Tools,
  format: OutputFormat,
  rows: readonly T[],
  presentation: Presentation<T>,
  widths: readonly number[],
): void {
  const columns = columnsFor(format, presentation.columns(nowMs()))
  const options = { color: terminal.color, columns: cutAt(format, terminal.columns), headings: false, widths }
  terminal.out(table(columns, rows, options))
}

async function printDocuments<T>(
  { terminal }: Tools,
  format: 'json' | 'yaml',
  rows: readonly T[],
  presentation: Presentation<T>,
): Promise<void> {
  for (const row of rows) {
    const document = presentation.document(row)
    terminal.out(format === 'yaml' ? `---\n${await serialize(format, document)}` : jsonLine(document))
  }
}
