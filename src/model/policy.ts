// How a component is to be brought about and kept: apart from the target, so that changing it is not a new revision.

import type { Window } from './window.ts'

export interface Policy {
  /** Continuous health needed before a deploy counts, in milliseconds. */
  minHealthyMs: number
  /** Time for verification altogether, in milliseconds; then the revision is rejected. */
  verifyDeadlineMs: number
  /** Attempts at applying a revision before it is rejected; 1 where the failure is certain. */
  maxAttempts: number
  drift: 'correct' | 'warn' | 'off'
  /** What others may change. Absent: nothing. */
  ignore?: IgnoreRule[]
  autoRollback: boolean
  dependsOn: Dependency[]
  /** How a new revision goes through the hosts of the component. Absent: to all at once, since nothing is changed there. */
  rollout?: Rollout
  /** When it may be changed. Absent: at any time. */
  window?: Window
  /** Nothing is changed, for this reason. */
  suspend?: { reason: string; until?: string }
}

/** Once it is there, this is left as it is found, whoever changed it. */
export interface IgnoreRule {
  kind: 'path' | 'unit' | 'package'
  /** Of a path, a glob: `*` and `?` within a directory, `**` for any number of directories. */
  name: string
  /** Only these of a structured file; absent: all of it. Names and indexes from the outermost on. */
  keys?: KeyPath[]
  /** Of the file that the keys are in. */
  format?: FileFormat
  /** For people. */
  reason: string
}

export type KeyPath = readonly (string | number)[]

/** `ini`: sections in brackets, and lines of `key = value`. */
export type FileFormat = 'json' | 'yaml' | 'ini'

export interface Rollout {
  /** Hosts that may be away from what was proven there at a time. */
  maxParallel: number
  /** Host that goes first, alone. */
  canary?: string
}

export interface Dependency {
  component: string
  /** A soft dependency only orders: it is waited for while it is deploying, not while it is failed. */
  soft: boolean
  /** Only the one on the same host counts; where it does not run there, nothing is waited for. Absent: it counts on all its hosts. */
  sameHost?: true
}
