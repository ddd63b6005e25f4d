// The way back from a change, worked out before it is made: what a host does by itself when nobody confirms the change. Pure.
import type { Change } from '../model/diff.ts'
import type { Operation } from '../model/operation.ts'
import { type ResourceId, resourceId, type UnitResource } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { irreversibleIn } from './irreversible.ts'

/**
 * Takes back what `operation` changes: to `before`, what was proven last, or without it to what was there before us. `owned` is what
 * the component owns by now. Undefined for what cannot be taken back: the removal of what was never proven, and what crosses something
 * irreversible.
 */
export function fallbackOf(
  operation: Operation,
  before: Target | undefined,
  owned: ResourceId[],
): Operation | undefined {
  const { target } = operation
  if (target === undefined && before === undefined) return undefined
  const touched = (target?.resources ?? []).map(resourceId)
  const changes = wayBack(operation, before, [...new Set([...owned, ...touched])])
  const barred = irreversibleIn(before, target)
  if (changes.some(({ resource }) => barred.has(resource))) return undefined
  const { observedFence: _, restore: __, fallback: ___, ...rest } = operation
  return {
    ...rest,
    id: `${operation.id}-revert`,
    kind: 'rollback',
    cause: 'rollback',
    generation: operation.generation + 1,
    target: before,
    diff: { changes },
    ...(target === undefined ? {} : { reject: target.revision }),
  }
}

function wayBack({ diff }: Operation, before: Target | undefined, owned: ResourceId[]): Change[] {
  const resources = before?.resources ?? []
  const kept = new Set(resources.map(resourceId))
  const touched = new Set(diff.changes.map(({ resource }) => resource))
  const removals = owned.filter((id) => !kept.has(id)).map((id) => change(id, 'remove'))
  const things = resources
    .filter((resource) => resource.kind !== 'unit' && touched.has(resourceId(resource)))
    .map((resource) => change(resourceId(resource), wasRemoved(resourceId(resource), diff.changes)))
  const units = resources
    .filter((resource) => resource.kind === 'unit')
    .filter((unit) => isConcerned(unit, touched))
    .map((unit) => change(resourceId(unit), 'restart'))
  return [...removals, ...things, ...units]
}

function wasRemoved(id: ResourceId, changes: Change[]): 'create' | 'update' {
  return changes.some(({ resource, action }) => resource === id && action === 'remove') ? 'create' : 'update'
}

/** A package that changes may bring another program. */
function isConcerned(unit: UnitResource, touched: Set<ResourceId>): boolean {
  const watched = [resourceId(unit), ...unit.restartOn, ...unit.reloadOn]
  return watched.some((id) => touched.has(id)) || [...touched].some((id) => id.startsWith('package:'))
}

/** Two fields: more than a restart for one reason, so that enablement and definition are put right too. */
function change(resource: ResourceId, action: Change['action']): Change {
  return {
    resource,
    action,
    fields: [
      { field: 'state', from: 'changed', to: 'as it was before' },
      { field: 'confirmation', from: 'awaited', to: 'given up' },
    ],
  }
}
