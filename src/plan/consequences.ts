// What a difference comes to, for people: which processes are started, restarted, reloaded or stopped, and why.
import type { Change, Diff } from '../model/diff.ts'
import { resourceId, type UnitResource } from '../model/resource.ts'
import type { Target } from '../model/target.ts'

/** One line for each unit that is started, restarted, reloaded or stopped: `restart x.service: /etc/x.conf changes`. */
export function unitReasons({ changes }: Diff, target: Target | undefined): string[] {
  const units = new Map(
    (target?.resources ?? []).flatMap((it) => (it.kind === 'unit' ? [[resourceId(it), it] as const] : [])),
  )
  return changes.flatMap((change) => {
    if (!change.resource.startsWith('unit:')) return []
    const name = change.resource.slice('unit:'.length)
    if (change.action === 'remove') return [`stop ${name}: it is no longer wanted`]
    const unit = units.get(change.resource)
    if (unit === undefined || isOnlyEnabled(unit, change, changes)) return []
    return [`${verbFor(unit, change, changes)} ${name}: ${whyOf(unit, change, changes)}`]
  })
}

/** It comes up, or does not, with the next start of its host; its process stays as it is. */
function isOnlyEnabled({ restartOn, reloadOn }: UnitResource, { action, fields }: Change, changes: Change[]): boolean {
  const isTouched = changedOf([...restartOn, ...reloadOn], changes).length > 0
  return action === 'update' && !isTouched && fields.every(({ field }) => field === 'enabled')
}

function verbFor(unit: UnitResource, { action, fields }: Change, changes: Change[]): string {
  if (!unit.running) return 'stop'
  const isDown = action === 'create' || fields.some(({ field, from }) => field === 'active' && from !== 'active')
  if (isDown) return 'start'
  if (action === 'restart' || changedOf(unit.restartOn, changes).length > 0) return 'restart'
  return action === 'reload' || changedOf(unit.reloadOn, changes).length > 0 ? 'reload' : 'start'
}

function whyOf(unit: UnitResource, { fields }: Change, changes: Change[]): string {
  const files = [...changedOf(unit.restartOn, changes), ...changedOf(unit.reloadOn, changes)]
  const names = [...new Set(files)].map((id) => id.slice(id.indexOf(':') + 1))
  if (names.length > 0) return `${names.join(', ')} ${names.length === 1 ? 'changes' : 'change'}`
  return fields.map(({ field, from, to }) => `${field} ${from} → ${to}`).join(', ')
}

function changedOf(ids: readonly string[], changes: Change[]): string[] {
  return ids.filter((id) => changes.some(({ resource }) => resource === id))
}
