// What a host driver does: look, and change. `systemd/` is the one for Debian and its like.
import type { Deed } from '../model/deed.ts'
import type { HostObservation, KeptGeneration, OperationResult, Wanted } from '../model/observation.ts'
import type { Cause, Operation } from '../model/operation.ts'
import type { Revision, Target } from '../model/target.ts'
import type { Transport } from '../transport/transport.ts'

export interface Driver {
  /**
   * One round trip, changing nothing on the host. Throws `TransportError`, or `DriverError` when the answer cannot be
   * understood or the host lacks what the driver needs.
   */
  observe(
    transport: Transport,
    host: string,
    wanted: Wanted,
    options: { nowMs: number; signal?: AbortSignal },
  ): Promise<HostObservation>
  /**
   * Stages and runs one operation as a transient unit, waits for it and returns what the host recorded. A lost connection
   * throws `TransportError` with `sent: true`; the operation goes on, and `observe` tells what became of it.
   */
  operate(transport: Transport, operation: Operation, options: { signal?: AbortSignal }): Promise<OperationResult>
  /**
   * An operation of at most this time is about to come, or not: what it would wait for begins, the first check of its target among it.
   * Changes nothing on the host.
   */
  prepare(transport: Transport, operation: { timeoutMs: number; target?: Target }): void
  /** Marks a generation as verified in the host's own record. Idempotent. */
  confirm(
    transport: Transport,
    component: string,
    generation: number,
    options: { fence: number; signal?: AbortSignal },
  ): Promise<void>
  /**
   * Gives an operation with a `fallback` so much time more, in milliseconds from now, before the host takes it back by itself; 0: it does
   * not any more. Returns false where nothing waits there any more: it was confirmed, or taken back.
   */
  holdOff(
    transport: Transport,
    component: string,
    held: { operationId: string; forMs: number },
    options: { signal?: AbortSignal },
  ): Promise<boolean>
  /**
   * Writes a damaged record of a component anew, from what lies beside it on the host and from what is remembered. Throws
   * `DriverError` where the host has changed since `fence` was seen.
   */
  mendRecord(
    transport: Transport,
    component: string,
    remembered: Remembered,
    options: { fence: number; signal?: AbortSignal },
  ): Promise<{ generation: number; owned: number }>
  /** What the host keeps of a component's generations, as far as it can be read, newest first: what a lost store is rebuilt from. */
  recall(transport: Transport, component: string, options: { signal?: AbortSignal }): Promise<Recalled[]>
  /** Checks what the host keeps of the newest generation of this revision; undefined where it keeps none. Changes nothing. */
  inspect(
    transport: Transport,
    component: string,
    revision: Revision,
    options: { signal?: AbortSignal },
  ): Promise<KeptGeneration | undefined>
  /**
   * Contents of regular files by path, whoever may read them there: secrets may be in them. Left out is what is not there, not text,
   * or larger than 64 KiB.
   */
  read(transport: Transport, paths: readonly string[], options: { signal?: AbortSignal }): Promise<Map<string, string>>
  /**
   * What the host's logs tell of people who did something between these times of its own clock, and what those of the files say now
   * that everybody there may read. Takes some seconds at the most.
   */
  trace(
    transport: Transport,
    asked: { paths: readonly string[]; sinceMs: number; untilMs: number },
    options: { signal?: AbortSignal },
  ): Promise<Trace>
  /**
   * Tells of changes on a host as they happen, until its time is over (about an hour) or `signal` ends it; then it resolves. Throws
   * `TransportError` when the connection is lost, `DriverError` when the host cannot be watched. A hint and no more: what is not
   * seen here is found by the next observation.
   */
  watch(
    transport: Transport,
    host: string,
    watched: Watched,
    options: { onEvent: (event: WatchEvent) => void; signal: AbortSignal },
  ): Promise<void>
}

export interface Recalled {
  generation: number
  target: Target
  /** Why it was made, and when by the host's clock, milliseconds since the epoch; absent where the host does not say. */
  cause?: Cause
  atMs?: number
}

export interface Trace {
  /** At most 200, ours not among them. */
  deeds: Deed[]
  /** By path, of files of at most 64 KiB. */
  contents: Map<string, string>
}

/** By component: the files that it owns, and the units that it runs. */
export interface Watched {
  components: Record<string, { paths: string[]; units: string[] }>
}

export type WatchEvent =
  /** From now on changes are told. */
  | { kind: 'ready' }
  /** Something of these components may have changed; without components: of any. */
  | { kind: 'changed'; components?: string[] }
  /** Some files are not watched; why. */
  | { kind: 'unwatched'; message: string }

/** What the controller knows of a component whose record on the host is damaged. */
export interface Remembered {
  generation: number
  /** Last proven on this host. */
  lastGood?: Revision
  /** Tried there and taken back. */
  rejected: Revision[]
}

export class DriverError extends Error {
  override name = 'DriverError'
  readonly host: string
  constructor(host: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.host = host
  }
}
