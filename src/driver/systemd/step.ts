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

/** What people are told beforehand: what a step prepares is part of the one after it that has the same name. */
export function stepNames({ early, steps }: { early: readonly Step[]; steps: readonly Step[] }): string[] {
  const names = [...early, ...steps].filter((step) => step !== JOIN).map(({ name }) => name)
  return names.filter((name, at) => names.lastIndexOf(name) === at)
}

/** A file name that any resource can have. */
export function originKey(id: ResourceId): string {
  return sha256(id).slice(0, 32)
}
