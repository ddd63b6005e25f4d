// One thing that an operation does on a host, and the name under which the host notes what was there before. Pure.
import type { ResourceId } from '../../model/resource.ts'
import { sha256 } from '../../plan/canonical.ts'

export interface Step {
  /** For people: what failed, where it fails. One line. */
  name: string
  /** A function of `scripts/` and its arguments. */
  argv: string[]
  /** It goes on beside the steps that follow, until the next one of its kind or `JOIN`. */
  isAside?: boolean
}

/** What goes on aside is waited for, and its failure ends the operation here. */
export const JOIN: Step = { name: 'wait for what goes on aside', argv: ['join'] }

/** A file name that any resource can have. */
export function originKey(id: ResourceId): string {
  return sha256(id).slice(0, 32)
}
