// A change of a host as one supervised unit of work.
import type { Diff } from './diff.ts'
import type { FileFormat, KeyPath } from './policy.ts'
import type { Target } from './target.ts'

/** How long an operation may take (DESIGN §7). */
export const APPLY_TIMEOUT_MS = 240_000

/** Why a host was changed. */
export type Cause = 'spec' | 'drift' | 'dependency' | 'secret' | 'rollback' | 'manual'

export interface Operation {
  /** `[a-z0-9-]{1,80}`; the same id is never executed twice. */
  id: string
  kind: 'apply' | 'rollback' | 'remove'
  cause: Cause
  component: string
  host: string
  /** Monotonic over all operations on this host; the host refuses one lower than it has seen. */
  fence: number
  /**
   * The host's highest token when it was looked at: where it has moved since, somebody else changed the host, the diff is
   * outdated and the host refuses. Absent: not checked.
   */
  observedFence?: number
  /** Generation number this operation makes. */
  generation: number
  /** What the component shall be; undefined when it is to be removed. */
  target: Target | undefined
  /** Computed on the observation that the decision was made on. */
  diff: Diff
  /** Revision to be remembered as rejected by the host, for a rollback. */
  reject?: string
  /** Files that come from what the host itself keeps of a generation, and packages as far as it has their archives. */
  restore?: Restore
  /** Files of which the host keeps some keys as they are, by path. It is with the operation only, and stored nowhere. */
  keep?: Record<string, Keep>
  /** What the host itself does when nobody confirms this one in time; absent: nothing. */
  fallback?: Operation
  timeoutMs: number
}

export interface Keep {
  format: FileFormat
  keys: readonly KeyPath[]
  /** What the file says now, secrets included. */
  live: string
}

export interface Restore {
  generation: number
  /** SHA-256 of the kept copy by path; what is not named is sent. */
  files: Record<string, string>
}
