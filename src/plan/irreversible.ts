// Which changes cannot be taken back.
import { type ResourceId, resourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'

/** Resources of these targets that say so, and why. */
export function irreversibleIn(...targets: (Target | undefined)[]): Map<ResourceId, string> {
  const resources = targets.flatMap((target) => target?.resources ?? [])
  return new Map(resources.flatMap((it) => (it.irreversible === undefined ? [] : [[resourceId(it), it.irreversible]])))
}
