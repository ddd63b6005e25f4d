// The store on an open SQLite connection. Opening, locking and migrating are in `sqlite.ts`.
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Event } from '../model/status.ts'
import { type StatusSummary, summarize } from '../model/status-summary.ts'
import { type EventTable, eventTable } from './event-table.ts'
import type { RowChecks, RowValues } from './row-checks.ts'
import { decodeRow, encodeRow, type Row, revisionsIn } from './rows.ts'
import { toStoreError } from './sqlite-error.ts'
import { type NamedRow, type Table, type TableStatements, tableStatements } from './statements.ts'
import { type HostRow, type ListingStore, StoreError, type SummaryOf, type Write } from './store.ts'
import { type SummaryTable, summaryTable } from './summary-table.ts'
import { transactions } from './transactions.ts'

export interface SqliteStoreOptions {
  path: string
  checks: RowChecks
  /** Most events kept; default `MAX_EVENTS`. */
  maxEvents?: number
  /** Takes the bad rows of lists; without it a list with a bad row throws. */
  onBadRow?: (error: StoreError) => void
  /** Runs after the connection was closed. */
  onClose?: () => void
}

/** Events dropped in one go; about 40 ms. */
const PRUNE_STEP = 5000
/** Rows read back in one go; about 10 ms. */
const LIST_STEP = 500

interface Tables {
  status: TableStatements
  summary: SummaryTable
  target: TableStatements
  host: TableStatements
  document: TableStatements
  event: EventTable
}

export function createSqliteStore(database: DatabaseSync, options: SqliteStoreOptions): ListingStore {
  const tables: Tables = {
    status: tableStatements(database, 'status'),
    summary: summaryTable(database),
    target: tableStatements(database, 'target'),
    host: tableStatements(database, 'host'),
    document: tableStatements(database, 'document'),
    event: eventTable(database, options.checks.event, options.maxEvents),
  }
  const read = reader(tables, options)
  const change = transactions(database, options.path)
  return {
    get: async (key) => read.one('status', key),
    list: () => read.all('status'),
    summaries: async (fields) => read.summaries(fields),
    target: async (revision) => read.one('target', revision),
    host: async (name) => read.one('host', name),
    hosts: () => read.all('host'),
    events: async (query) => read.events(() => tables.event.select(query)),
    documents: async () => read.documents(),
    write: async (write) => {
      change('writing to the store', () => applyWrite(tables, options.checks, write), {
        mayWait: write.mayWait === true,
      })
    },
    prune: async (olderThanMs) => {
      const dropped = await dropEvents((limit) =>
        change('pruning the store', () => tables.event.dropOlderThan(olderThanMs, limit)),
      )
      return dropped + change('pruning the store', () => dropUnnamedTargets(tables))
    },
    close: async () => {
      if (!database.isOpen) return
      database.close()
      options.onClose?.()
    },
  }
}

function reader(tables: Tables, options: SqliteStoreOptions) {
  const { checks } = options
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw toStoreError(error, 'reading the store', options.path)
    }
  }
  const good = <T, R extends Row>(rows: Iterable<R>, decode: (row: R) => T): T[] => {
    const values: T[] = []
    for (const row of rows) {
      try {
        values.push(decode(row))
      } catch (error) {
        if (options.onBadRow === undefined || !(error instanceof StoreError)) throw error
        options.onBadRow(error)
      }
    }
    return values
  }
  return {
    one: <T extends Table>(table: T, name: string): RowValues[T] | undefined => {
      const row = guard(() => tables[table].get(name))
      return row && decodeRow<RowValues[T]>(checks[table], row, `${table} ${name}`)
    },
    /** Sorted by name, all of one moment but for what this connection itself writes meanwhile; with the event loop in between. */
    all: async <T extends Table>(table: T): Promise<RowValues[T][]> => {
      const decode = (row: NamedRow) => decodeRow<RowValues[T]>(checks[table], row, `${table} ${row.name}`)
      const rows = tables[table].each()[Symbol.iterator]()
      const named: { name: string; value: RowValues[T] }[] = []
      // A text is dropped as soon as it is decoded: kept, ten thousand would be carried along by the garbage collector.
      for (;;) {
        const step = guard(() => next(rows, LIST_STEP))
        named.push(...good(step, (row) => ({ name: row.name, value: decode(row) })))
        if (step.length < LIST_STEP) break
        await setImmediate()
      }
      return named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ value }) => value)
    },
    summaries: <Field extends keyof StatusSummary>(fields: readonly Field[]): SummaryOf<Field>[] => {
      // A store of before there were summaries has none of what was not written since.
      const isComplete = guard(() => tables.status.count() === tables.summary.count())
      return guard(() =>
        isComplete
          ? tables.summary.all(fields)
          : good(tables.status.all(), (row) => summarize(decodeRow(checks.status, row, `status ${row.name}`))),
      )
    },
    events: (select: () => ReturnType<EventTable['select']>): Event[] =>
      good(guard(select), (row) => ({ id: row.id, ...decodeRow(checks.event, row, `event ${row.id}`) })),
    documents: () =>
      good(
        guard(() => tables.document.all()),
        (row) => ({ path: row.name, text: decodeRow(checks.document, row, `document ${row.name}`) }),
      ),
  }
}

/** The next rows, as many as there are; none at the end. */
function next<T>(rows: Iterator<T>, most: number): T[] {
  const taken: T[] = []
  while (taken.length < most) {
    const { done, value } = rows.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

function applyWrite(tables: Tables, checks: RowChecks, write: Write): void {
  const put = <T extends Table>(table: T, name: string, value: RowValues[T]) =>
    tables[table].put(name, encodeRow<RowValues[T]>(checks[table], value, `${table} ${name}`))
  for (const status of write.statuses ?? []) {
    put('status', status.key, status)
    tables.summary.put(summarize(status))
  }
  for (const key of write.deletes ?? []) {
    tables.status.drop(key)
    tables.summary.drop(key)
  }
  for (const target of write.targets ?? []) {
    tables.target.putNew(target.revision, encodeRow(checks.target, target, `target ${target.revision}`))
  }
  for (const host of write.hosts ?? []) put('host', host.name, raiseFence(tables.host, checks.host, host))
  for (const { path, text } of write.documents ?? []) put('document', path, text)
  for (const path of write.forgetDocuments ?? []) tables.document.drop(path)
  tables.event.append(write.events ?? [])
}

/** A token that was given out once is never given out again, whatever order writes come in. */
function raiseFence(table: TableStatements, check: RowChecks['host'], host: HostRow): HostRow {
  const row = table.get(host.name)
  if (row === undefined) return host
  try {
    const before = decodeRow(check, row, `host ${host.name}`)
    return { ...host, fence: Math.max(before.fence, host.fence) }
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'row') return host
    throw error
  }
}

/** In bounded steps with the event loop in between: SQLite works on the one thread that everything else waits for. */
async function dropEvents(drop: (limit: number) => number): Promise<number> {
  for (let total = 0; ; ) {
    const dropped = drop(PRUNE_STEP)
    total += dropped
    if (dropped < PRUNE_STEP) return total
    await setImmediate()
  }
}

function dropUnnamedTargets(tables: Tables): number {
  const named = new Set(tables.status.all().flatMap((row) => revisionsIn(row.body)))
  const unnamed = tables.target.names().filter((revision) => !named.has(revision))
  return unnamed.reduce((dropped, revision) => dropped + tables.target.drop(revision), 0)
}
