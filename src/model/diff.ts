// The difference between a target and what was seen. Empty exactly when nothing is to be done.
import type { ResourceId } from './resource.ts'

/** `restart` and `reload` stand for a process that runs an older configuration than the one on disk. */
export type ChangeAction = 'create' | 'update' | 'remove' | 'restart' | 'reload'

export interface Change {
  resource: ResourceId
  action: ChangeAction
  /** Never empty: drift cannot be reported without saying what differs. Contents appear as digests only. */
  fields: { field: string; from: string; to: string }[]
}

export interface Diff {
  changes: Change[]
}

/** What a file said that differed: hunks of a unified diff, without secrets, cut where they are long. */
export interface TextDiff {
  path: string
  diff: string
}
