// What is known of one key: persisted before anything is done about it.
import type { Author } from './deed.ts'
import type { Diff, TextDiff } from './diff.ts'
import type { Generation } from './generation.ts'
import type { ComponentKey } from './key.ts'
import type { Cause } from './operation.ts'
import type { Dependency } from './policy.ts'
import type { ProbeResult } from './probe.ts'
import type { Revision } from './target.ts'

export type ConditionType =
  | 'Ready'
  | 'Reconciling'
  | 'Stalled'
  | 'Drifted'
  | 'Blocked'
  | 'Reachable'
  | 'Suspended'
  | 'RolledBack'
  | 'SecretsReady'
  | 'Deprecated'
  /** What runs is no real program but a stand-in of the lab. */
  | 'StandIn'
  /** It is run by others and only observed. */
  | 'External'

/** Kubernetes' condition: an observation, not a state. */
export interface Condition {
  type: ConditionType
  status: 'True' | 'False' | 'Unknown'
  /** CamelCase, for programs. */
  reason: string
  /** One sentence, for people. */
  message: string
  /** When the status last changed, milliseconds since the epoch. */
  lastTransitionTimeMs: number
  observedRevision?: Revision
}

/** What was about to be done when this was written; after a crash we look at the host, we do not guess. */
export interface Intent {
  operationId: string
  kind: 'apply' | 'rollback' | 'remove'
  cause: Cause
  revision?: Revision
  generation: number
  fence: number
  startedAtMs: number
  /** Boot id of the host when it was sent: with another one, a restart ended it. */
  bootId?: string
}

/** The persisted xstate snapshot; `machines/component.ts` defines and checks value and context. */
export interface LifecycleSnapshot {
  machineVersion: number
  value: unknown
  context: Record<string, unknown>
}

/** What others may change, and whether they have. */
export interface Ignored {
  /** `path /etc/x.json: server.port`, `unit x.timer`, … */
  what: string
  /** As it is written. */
  reason: string
  /** How many of the component's resources are meant; 0: the rule is good for nothing. */
  resources: number
  /** What is other than written now: `file:/etc/x.json content`; the first five. */
  differs: string[]
}

export interface ComponentStatus {
  key: ComponentKey
  /** Of the component, as last written. Absent: nobody wrote it since this is remembered. */
  type?: string
  lifecycle: LifecycleSnapshot
  conditions: Condition[]
  /** Revision of the target last asked for; the target itself is in the store under it. */
  desired?: Revision
  /** Revision last proven on this host. */
  lastGood?: Revision
  /** What it needs, as last written: it goes before that when nobody writes it any more. Absent: nothing. */
  dependsOn?: Dependency[]
  /** Where nobody writes it any more and too much would go with it: when a person was asked, and when one confirmed it. */
  removal?: { askedAtMs?: number; confirmedAtMs?: number }
  generation: number
  /** What was brought about here, oldest first: the newest 10, the running and the one proven last. */
  generations?: Generation[]
  intent?: Intent
  /** Why the revision last asked for is another than the one before, and digests of what it was made of. Absent: nobody knows. */
  origin?: { revision: Revision; cause: Cause; own: string; others: string }
  /** A revision was begun on this host, and has neither been proven nor taken back yet. */
  changing?: true
  /** Since when it is suspended, and for which reason, while it is written that it is. */
  suspension?: { reason: string; sinceMs: number }
  /** End of the last operation by the host's clock, milliseconds since the epoch: evidence of health must be newer. */
  changedAtMs?: number
  /** The last difference that was found, kept after it was put right. */
  lastDiff?: { atMs: number; cause: Cause; diff: Diff; author?: Author; texts?: TextDiff[] }
  /** Absent: nothing is ignored. */
  ignored?: Ignored[]
  lastProbes: ProbeResult[]
  updatedAtMs: number
}

/** One line of history: a transition, an effect, or something a person should know. */
export interface Event {
  /** Ascending; assigned by the store. */
  id?: number
  atMs: number
  key?: ComponentKey
  host?: string
  type: 'Normal' | 'Warning'
  /** CamelCase: Deploying, Applied, Healthy, DriftFound, DriftCorrected, RolledBack, … */
  reason: string
  message: string
  cause?: Cause
  revision?: Revision
  operationId?: string
  /** Bounded details: the diff, the failing output. */
  details?: Record<string, unknown>
}
