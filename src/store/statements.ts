// The SQL of the store, prepared once for each connection. No other file but `schema.ts` speaks SQL about rows.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Row } from './rows.ts'

/** Tables of one JSON body per name. */
export type Table = 'status' | 'target' | 'host' | 'document'

const nameColumn: Record<Table, string> = { status: 'key', target: 'revision', host: 'name', document: 'path' }

export interface NamedRow extends Row {
  name: string
}

export interface TableStatements {
  get(name: string): Row | undefined
  /** Sorted by name. */
  all(): NamedRow[]
  /** In the order in which the file has them, one after the other: ten thousand are never in memory at once. */
  each(): Iterable<NamedRow>
  names(): string[]
  count(): number
  put(name: string, row: Row): void
  /** Leaves a row that is there as it is. */
  putNew(name: string, row: Row): void
  drop(name: string): number
}

export function tableStatements(database: DatabaseSync, table: Table): TableStatements {
  const column = nameColumn[table]
  const prepare = lazily(database)
  const selectAll = `SELECT ${column}, body, checksum FROM ${table}`
  const insert = `INSERT INTO ${table} (${column}, body, checksum) VALUES (?, ?, ?) ON CONFLICT DO`
  return {
    get: (name) => prepare(`SELECT body, checksum FROM ${table} WHERE ${column} = ?`).get(name) as Row | undefined,
    all: () => sortedByName([...readArrays(prepare(selectAll))]),
    // Not one that was prepared before: whoever reads it a second time begins anew for both.
    each: () => readArrays(database.prepare(selectAll)),
    names: () =>
      prepare(`SELECT ${column} AS name FROM ${table}`)
        .all()
        .map((row) => String(row.name)),
    count: () => Number(prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows),
    put: (name, row) => {
      prepare(`${insert} UPDATE SET body = excluded.body, checksum = excluded.checksum`).run(
        name,
        row.body,
        row.checksum,
      )
    },
    putNew: (name, row) => {
      prepare(`${insert} NOTHING`).run(name, row.body, row.checksum)
    },
    drop: (name) => Number(prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(name).changes),
  }
}

/** As arrays, which are made much faster than objects. */
function* readArrays(statement: StatementSync): Iterable<NamedRow> {
  statement.setReturnArrays(true)
  const rows = statement.iterate() as unknown as Iterable<[string, string, number]>
  for (const [name, body, checksum] of rows) yield { name, body, checksum }
}

/** Here and not by SQLite, which would fetch the bodies from all over the file, in the order of the names. */
function sortedByName(rows: NamedRow[]): NamedRow[] {
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Prepares each text once, at its first use: a reader of one row should not pay for the statements of a writer. */
export function lazily(database: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
}
