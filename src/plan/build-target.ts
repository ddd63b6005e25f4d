// Rendered resources and probes become a target: canonical order, one digest as its revision.
import { type Resource, resourceId } from '../model/resource.ts'
import type { Rendered, Target } from '../model/target.ts'
import { canonicalJson, sha256 } from './canonical.ts'

const KIND_ORDER: Resource['kind'][] = [
  'package',
  'user',
  'directory',
  'file',
  'unit',
  'postgres-role',
  'postgres-database',
]

/** Two resources of one component claim the same thing; the message names it. */
export class TargetError extends Error {
  override name = 'TargetError'
}

/** Builds the target. Throws `TargetError` when a resource or probe name occurs twice. */
export function buildTarget(of: { component: string; host: string; type: string }, rendered: Rendered): Target {
  const resources = [...rendered.resources].sort(byKindThenId)
  refuseTwice(resources.map(resourceId), 'resource')
  refuseTwice(
    rendered.probes.map((probe) => probe.name),
    'probe',
  )
  const revision = revisionOf({ type: of.type, resources, probes: rendered.probes })
  return { component: of.component, host: of.host, type: of.type, revision, resources, probes: rendered.probes }
}

/** The digest of all that a target asks for. Lower-case hex SHA-256. */
export function revisionOf({ type, resources, probes }: Pick<Target, 'type' | 'resources' | 'probes'>): string {
  return sha256(canonicalJson({ type, resources, probes }))
}

function byKindThenId(a: Resource, b: Resource): number {
  const kinds = KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind)
  return kinds !== 0 ? kinds : resourceId(a) < resourceId(b) ? -1 : 1
}

function refuseTwice(names: string[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new TargetError(`the ${what} ${twice} occurs twice in one component`)
}
