// What somebody keeps changing: which fields can be contested at all, what is left of a difference without them, and the words.
import { CONTEST_AFTER, CONTEST_WITHIN_MS, isContested } from '../../machines/contest.ts'
import type { Fact } from '../../machines/facts.ts'
import type { LifecycleContext } from '../../machines/lifecycle-context.ts'
import type { Change, Diff } from '../model/diff.ts'
import type { ComponentKey } from '../model/key.ts'
import { type ResourceId, resourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'

/** A difference in two parts. */
export interface Parts {
  /** To be put right. */
  put: Diff
  /** Left as it is. */
  left: Diff
}

type Field = Change['fields'][number]

const RUNNING_CONFIGURATION = 'running configuration'
/** They follow from something else that was changed. */
const CONSEQUENCES = new Set([RUNNING_CONFIGURATION, 'definition', 'health'])
/** Whatever is put right of the resource, these are put right with it: a file is replaced whole, a unit is started. */
const INSEPARABLE = new Set(['content', 'state', 'active', 'mask', 'version'])

const nameOf = (resource: ResourceId, field: string) => `${resource} ${field}`

/** Names of the fields that differ by somebody's hand: a process that died by itself contests nothing. */
export function contestable({ changes }: Diff): string[] {
  return changes.flatMap(({ resource, action, fields }) =>
    action === 'remove' ? [] : fields.filter(isByHand).map(({ field }) => nameOf(resource, field)),
  )
}

export function isByHand({ field, from }: Field): boolean {
  return !CONSEQUENCES.has(field) && !(field === 'active' && from === 'failed')
}

/** What the lifecycle is to be told of who has the last word, if that is news. `diff` is everything that differs. */
export function contestNews(context: LifecycleContext, diff: Diff, nowMs: number): Fact | undefined {
  const differing = contestable(diff)
  const over = context.contested.filter((field) => !differing.includes(field))
  if (over.length > 0) return { type: 'CONTEST_OVER', fields: over, nowMs }
  const fields = differing.filter(
    (field) => !context.contested.includes(field) && isContested(context.corrected, field, nowMs),
  )
  return fields.length === 0 ? undefined : { type: 'CONTESTED', fields, nowMs }
}

/** Leaves what is contested, and what cannot be put right without it. */
export function withoutContested(diff: Diff, target: Target, contested: readonly string[]): Parts {
  if (contested.length === 0) return { put: diff, left: { changes: [] } }
  const parts = diff.changes.map((change) => partsOf(change, contested))
  const put = parts.flatMap((part) => part.put ?? [])
  const left = parts.flatMap((part) => part.left ?? [])
  return {
    put: { changes: put.flatMap((change) => withoutVainRefresh(change, { put, left, target })) },
    left: { changes: left },
  }
}

function partsOf(change: Change, contested: readonly string[]): { put?: Change; left?: Change } {
  const isLeft = ({ field }: Field) => contested.includes(nameOf(change.resource, field))
  const left = change.fields.filter(isLeft)
  if (left.length === 0) return { put: change }
  const put = change.fields.filter((field) => !isLeft(field))
  if (put.length === 0 || left.some(({ field }) => INSEPARABLE.has(field))) return { left: change }
  return { put: { ...change, fields: put }, left: { ...change, fields: left } }
}

/** A process is not restarted for a file that is not put back. */
function withoutVainRefresh(
  change: Change,
  { put, left, target }: { put: Change[]; left: Change[]; target: Target },
): Change[] {
  const unit = target.resources.find((resource) => resourceId(resource) === change.resource)
  if (unit?.kind !== 'unit') return [change]
  const watches = ({ resource }: Change) => unit.restartOn.includes(resource) || unit.reloadOn.includes(resource)
  if (!left.some(watches) || put.some(watches)) return [change]
  const fields = change.fields.filter(({ field }) => field !== RUNNING_CONFIGURATION)
  if (fields.length === change.fields.length) return [change]
  return fields.length === 0 ? [] : [{ ...change, action: 'update', fields }]
}

const SHOWN = 3

/** For people: what is contested, and how to go on. */
export function contestMessage(contested: readonly string[], key: ComponentKey): string {
  const shown = contested.slice(0, SHOWN).join(', ')
  const more = contested.length > SHOWN ? ` and ${contested.length - SHOWN} more` : ''
  return (
    `${shown}${more}: put back ${CONTEST_AFTER} times within ${CONTEST_WITHIN_MS / 60_000} minutes and changed again; ` +
    `left as it is until it is right by itself, the spec changes, or somebody asks: homeostat reconcile ${key}`
  )
}
