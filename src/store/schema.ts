// The tables, and how a store of an older version gets to them. The version is SQLite's own user_version.
import { existsSync } from 'node:fs'
import { backup, type DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from './private-file.ts'
import { StoreError } from './store.ts'

// Bodies are JSON with a checksum beside them; only what is searched for has a column of its own,
// and, in `summary`, what lists show of each status: small and in the order of the keys, so that no list reads the bodies.
const version1 = `
  CREATE TABLE status (key TEXT PRIMARY KEY, body TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE target (revision TEXT PRIMARY KEY, body TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE host (name TEXT PRIMARY KEY, body TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE document (path TEXT PRIMARY KEY, body TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    key TEXT,
    component TEXT,
    host TEXT,
    body TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX event_at ON event (at_ms);
  CREATE INDEX event_key ON event (key, id);
  CREATE INDEX event_component ON event (component, id);
  CREATE INDEX event_host ON event (host, id);
  CREATE TABLE summary (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    ready TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    desired TEXT NOT NULL,
    generation INTEGER NOT NULL,
    entered_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    held_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`

/** The n-th script leads from version n to version n + 1. A script that was ever released is never edited. */
export const migrations: readonly string[] = [version1]

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
}

/** Throws `StoreError` of kind `newer` when the store was written by a newer version. The store is not touched. */
export function refuseNewer(database: DatabaseSync, path: string, known: number = migrations.length): void {
  const found = schemaVersion(database)
  if (found <= known) return
  throw new StoreError(
    'newer',
    `the store ${path} has schema version ${found}, this program knows ${known}: use the newer program again, or another state directory; the store was left as it is`,
  )
}

/**
 * Brings a store up to date, each step in one transaction and after a copy of the whole store beside it,
 * `<path>.version-<n>-<time>.backup`. Returns the copies that were made.
 */
export async function migrate(
  database: DatabaseSync,
  path: string,
  options: { nowMs: number; scripts?: readonly string[] },
): Promise<string[]> {
  const scripts = options.scripts ?? migrations
  const copies: string[] = []
  const first = schemaVersion(database)
  for (let version = first; version < scripts.length; version++) {
    // A store that is being created has nothing to lose yet.
    if (first > 0) copies.push(await copyAside(database, path, version, options.nowMs))
    runMigration(database, scripts[version] ?? '', version + 1)
  }
  return copies
}

function runMigration(database: DatabaseSync, script: string, version: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(script)
    database.exec(`PRAGMA user_version = ${version}; COMMIT`)
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

async function copyAside(database: DatabaseSync, path: string, version: number, nowMs: number): Promise<string> {
  const copy = freeName(`${path}.version-${version}-${timeInName(nowMs)}`, '.backup')
  createPrivateFile(copy)
  await backup(database, copy)
  return copy
}

/** A name that no file has yet: with a number before the suffix where needed. */
export function freeName(stem: string, suffix: string): string {
  for (let attempt = 1; ; attempt++) {
    const name = `${stem}${attempt === 1 ? '' : `-${attempt}`}${suffix}`
    if (!existsSync(name)) return name
  }
}

/** A time as it can stand in a file name: `20261123T114200Z`. */
export function timeInName(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
}
