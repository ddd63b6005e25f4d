// The store for tests: the same checks, bounds and order as the one on SQLite, and nothing left when the process ends.
import type { Event } from '../model/status.ts'
import { DEFAULT_EVENT_LIMIT, MAX_EVENTS, placeOf } from './event-table.ts'
import { fullChecks as checks } from './full-checks.ts'
import type { RowCheck } from './row-checks.ts'
import { boundEvent, decodeRow, encodeRow, type Row, revisionsIn } from './rows.ts'
import type { EventQuery, Store, Write } from './store.ts'

interface Contents {
  status: Map<string, Row>
  target: Map<string, Row>
  host: Map<string, Row>
  document: Map<string, Row>
  event: Map<number, Row>
  lastEventId: number
}

/** `maxEvents` as for the SQLite store. Nothing is shared with the caller: every value is copied in and out. */
export function createMemoryStore(options: { maxEvents?: number } = {}): Store {
  const maxEvents = options.maxEvents ?? MAX_EVENTS
  const now = emptyContents()
  return {
    get: async (key) => one(now.status, checks.status, `status ${key}`, key),
    list: async () => all(now.status, checks.status, 'status').map(([, status]) => status),
    target: async (revision) => one(now.target, checks.target, `target ${revision}`, revision),
    host: async (name) => one(now.host, checks.host, `host ${name}`, name),
    hosts: async () => all(now.host, checks.host, 'host').map(([, host]) => host),
    events: async (query) => selectEvents(now, query),
    documents: async () => all(now.document, checks.document, 'document').map(([path, text]) => ({ path, text })),
    write: async (change) => {
      applyChange(now, change, maxEvents)
    },
    prune: async (olderThanMs) => pruneContents(now, olderThanMs),
    close: async () => undefined,
  }
}

function emptyContents(): Contents {
  return {
    status: new Map(),
    target: new Map(),
    host: new Map(),
    document: new Map(),
    event: new Map(),
    lastEventId: 0,
  }
}

/** Encodes everything first, so that a refused value leaves no part of the change behind. */
function applyChange(now: Contents, change: Write, maxEvents: number): void {
  const statuses = (change.statuses ?? []).map((s) => [s.key, encodeRow(checks.status, s, `status ${s.key}`)] as const)
  const targets = (change.targets ?? []).map((t) => [t.revision, encodeRow(checks.target, t, t.revision)] as const)
  const hosts = (change.hosts ?? []).map((host) => {
    const fence = Math.max(host.fence, one(now.host, checks.host, `host ${host.name}`, host.name)?.fence ?? 0)
    return [host.name, encodeRow(checks.host, { ...host, fence }, `host ${host.name}`)] as const
  })
  const documents = (change.documents ?? []).map((d) => [d.path, encodeRow(checks.document, d.text, d.path)] as const)
  const events = (change.events ?? []).map((e) => encodeRow(checks.event, boundEvent(e), `event ${e.reason}`))
  for (const [key, row] of statuses) now.status.set(key, row)
  for (const key of change.deletes ?? []) now.status.delete(key)
  for (const [revision, row] of targets) if (!now.target.has(revision)) now.target.set(revision, row)
  for (const [name, row] of hosts) now.host.set(name, row)
  for (const [path, row] of documents) now.document.set(path, row)
  for (const path of change.forgetDocuments ?? []) now.document.delete(path)
  for (const row of events) appendEvent(now, row, maxEvents)
}

function appendEvent(now: Contents, row: Row, maxEvents: number): void {
  now.lastEventId += 1
  now.event.set(now.lastEventId, row)
  now.event.delete(now.lastEventId - maxEvents)
}

function selectEvents(now: Contents, query: EventQuery): Event[] {
  const limit = Math.max(0, Math.trunc(query.limit ?? DEFAULT_EVENT_LIMIT))
  const found: Event[] = []
  for (const id of [...now.event.keys()].reverse()) {
    if (found.length >= limit || id <= (query.afterId ?? 0)) break
    const event = one(now.event, checks.event, `event ${id}`, id)
    if (event !== undefined && matches(event, query)) found.push({ id, ...event })
  }
  return found.reverse()
}

function matches(event: Event, query: EventQuery): boolean {
  const place = placeOf(event)
  return (
    (query.key === undefined || event.key === query.key) &&
    (query.sinceMs === undefined || event.atMs >= query.sinceMs) &&
    (query.component === undefined || place.component === query.component) &&
    (query.host === undefined || place.host === query.host)
  )
}

function pruneContents(now: Contents, olderThanMs: number): number {
  const named = new Set([...now.status.values()].flatMap((row) => revisionsIn(row.body)))
  const unnamed = [...now.target.keys()].filter((revision) => !named.has(revision))
  const old = [...now.event].filter(([id, row]) => decodeRow(checks.event, row, `event ${id}`).atMs < olderThanMs)
  for (const revision of unnamed) now.target.delete(revision)
  for (const [id] of old) now.event.delete(id)
  return unnamed.length + old.length
}

function one<K, T>(rows: Map<K, Row>, check: RowCheck<T>, name: string, key: K): T | undefined {
  const row = rows.get(key)
  return row && decodeRow(check, row, name)
}

function all<T>(rows: Map<string, Row>, check: RowCheck<T>, table: string): [string, T][] {
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, row]) => [name, decodeRow(check, row, `${table} ${name}`)])
}
