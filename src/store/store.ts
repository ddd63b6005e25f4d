// What the controller remembers. `sqlite.ts` is the default, `memory.ts` is for tests; one contract suite runs on both.
import type { ComponentKey } from '../model/key.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import type { StatusSummary } from '../model/status-summary.ts'
import type { Revision, Target } from '../model/target.ts'

/** What is remembered of a host between observations. */
export interface HostRow {
  name: string
  machineId: string
  bootId: string
  /** Highest operation token ever given out for this host; writing a lower one leaves the higher in place. */
  fence: number
  reachable: boolean
  /** Why it is not, or empty. */
  message: string
  /** When `reachable` last changed, milliseconds since the epoch. */
  sinceMs: number
}

export interface EventQuery {
  key?: ComponentKey
  component?: string
  host?: string
  /** Only events with a greater id. */
  afterId?: number
  /** Only events of this time or later, milliseconds since the epoch. */
  sinceMs?: number
  /** The newest this many, in ascending order; default 100. */
  limit?: number
}

/**
 * Everything of one write is committed together or not at all, in the order of the writes. When the promise resolves, it outlives a
 * killed controller, and is on disk, so that it outlives a power failure too.
 */
export interface Write {
  /** It need not be on disk before the next write that must be: nothing is done because of it until then. */
  mayWait?: boolean
  statuses?: ComponentStatus[]
  deletes?: ComponentKey[]
  targets?: Target[]
  events?: Event[]
  hosts?: HostRow[]
  /** Last good text per desired-state file. */
  documents?: { path: string; text: string }[]
  forgetDocuments?: string[]
}

/**
 * Every read checks what it reads. A row that is asked for by name and does not read back throws `StoreError` of kind
 * `row`; in lists the good rows are returned and each bad one goes to the `onBadRow` that the store was opened with, or,
 * without one, throws.
 */
export interface Store {
  get(key: ComponentKey): Promise<ComponentStatus | undefined>
  /** Sorted by key. */
  list(): Promise<ComponentStatus[]>
  /** Many statuses may name one target: its `component` and `host` are those it was first written for. */
  target(revision: Revision): Promise<Target | undefined>
  host(name: string): Promise<HostRow | undefined>
  hosts(): Promise<HostRow[]>
  events(query: EventQuery): Promise<Event[]>
  documents(): Promise<{ path: string; text: string }[]>
  write(change: Write): Promise<void>
  /** Drops events older than the time given and targets whose revision occurs in no status. Returns how many rows went. */
  prune(olderThanMs: number): Promise<number>
  close(): Promise<void>
}

export type SummaryOf<Field extends keyof StatusSummary> = Pick<StatusSummary, Field | 'key'>

/** A store that commands read from. */
export interface ListingStore extends Store {
  /** The key and these fields of what lists show of every status, sorted by key: a tenth of the time that `list` takes. */
  summaries<Field extends keyof StatusSummary>(fields: readonly Field[]): Promise<SummaryOf<Field>[]>
}

export type StoreErrorKind =
  /** A reader found no store at the path: no controller has run there yet. */
  | 'missing'
  /** Another controller holds the store; the message says who. */
  | 'held'
  /** integrity_check failed or the file is not a store. */
  | 'damaged'
  /** Written by a newer version. */
  | 'newer'
  /** A reader found a store of an older version; the next start of a controller brings it up to date. */
  | 'older'
  /** A row does not read back as what it should be. */
  | 'row'
  /** The disk refused: full, read-only, unreadable. Nothing of the write was kept; it may be tried again. */
  | 'io'
  /** An I/O error in the middle of a write: what reached the disk is unknown, and only opening the store again tells. */
  | 'lost'

export class StoreError extends Error {
  override name = 'StoreError'
  readonly kind: StoreErrorKind
  /** For `row`: which row, for instance `status prometheus@monitoring`. */
  readonly row?: string
  constructor(kind: StoreErrorKind, message: string, options: { cause?: unknown; row?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    if (options.row !== undefined) this.row = options.row
  }
}
