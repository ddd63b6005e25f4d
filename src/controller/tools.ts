// Everything a pass works with, handed in: the composition root gives the real ones, the simulation its own.
import type { Driver } from '../driver/driver.ts'
import type { Diff } from '../model/diff.ts'
import type { HostSpec } from '../model/host.ts'
import type { ComponentKey } from '../model/key.ts'
import type { HostObservation, UnitFact } from '../model/observation.ts'
import type { Reveal } from '../model/secret-reference.ts'
import type { Event } from '../model/status.ts'
import type { Blocker } from '../plan/decide.ts'
import type { Prober } from '../probe/prober.ts'
import type { HostRow } from '../store/store.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import type { Desire } from './desire.ts'
import type { HostLock } from './host-lock.ts'
import type { KnownLive } from './ignoring.ts'
import type { KnownKept } from './kept.ts'
import type { Observer } from './observer.ts'
import type { Removals } from './removals.ts'
import type { Status, Statuses } from './statuses.ts'

export interface Tools {
  clock: Clock
  statuses: Statuses
  removals: Removals
  observer: Observer
  driver: Driver
  prober: Prober
  hostLock: HostLock
  desire(): Desire
  /** Puts secrets in, to be compared and forgotten. */
  reveal: Reveal
  /** A host was looked at; undefined: it did not answer. */
  looked(host: string, seen: HostObservation | undefined): void
  transportFor(host: HostSpec): Transport
  hostRow(host: string): HostRow
  /** Takes a token for an operation; the row returned is to be written with the intent. */
  rememberFence(host: string, fence: number): HostRow
  /** Why a new revision of this key has to wait. */
  deployBlockers(key: ComponentKey): Blocker[]
  /** Whether a component on its host is healthy, and known to be so. */
  isWell(key: ComponentKey): boolean
  /** Why a new revision has to wait although all that it needs is there: `Gates.revision`. */
  gate(key: ComponentKey): Blocker | undefined
  /** Why nothing may be changed on the key's host now, not even taken back or removed. */
  standstill(key: ComponentKey): Blocker | undefined
  /** Why drift on the key's host is not put right now. */
  correctionBlocker(key: ComponentKey): Blocker | undefined
  /** Whether this is what may be changed; always, but for a plan that is carried out. */
  isPlanned(key: ComponentKey, diff: Diff): boolean
  /** Takes the turn of the key's host until `release` is called; undefined: others went first in the last moment. */
  takeTurn(key: ComponentKey): (() => void) | undefined
  /** Why what the key owns has to stay for now. */
  removalBlockers(key: ComponentKey): Blocker[]
  /** Whether the pass over the key was asked for by its host, which saw something change. */
  isHinted(key: ComponentKey): boolean
  /** Asks for another pass over the key at once. */
  again(key: ComponentKey): void
  /** Units as they were in the last round of probes; forgotten with every operation of ours. */
  baselines: Map<ComponentKey, Record<string, UnitFact>>
  /** What hosts keep of the generations that are gone back to. */
  kept: KnownKept
  /** What files say of which some keys are left as they are. */
  live: KnownLive
  report: Report
  /** Aborted as soon as the controller stops: nothing new is begun, nobody waits for what only looks. */
  stopping: AbortSignal
  /** Aborted when the controller stops and patience is over: nobody waits for operations any more. */
  signal: AbortSignal
}

/** One place for the telemetry of a pass; every method returns at once and never throws. */
export interface Report {
  transition(before: Status, after: Status, events: Event[]): void
  /** The component is gone, and what was known of it. */
  forgotten(status: Status): void
  operation(kind: string, cause: string, outcome: string): void
  /** `via`: what led to the look that found it; `ageMs`: how long it had been there by then, where that is known. */
  driftFound(key: ComponentKey, via: 'watch' | 'poll', ageMs: number | undefined): void
  driftCorrected(key: ComponentKey): void
}
