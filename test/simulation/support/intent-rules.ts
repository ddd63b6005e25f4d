// What must be so at the moment that a controller writes down what it is about to do.
import { topState } from '../../../machines/advance.ts'
import type { Desire, Wish } from '../../../src/controller/desire.ts'
import { type ComponentKey, splitKey } from '../../../src/model/key.ts'
import type { Policy } from '../../../src/model/policy.ts'
import type { ComponentStatus, Intent } from '../../../src/model/status.ts'
import type { Window } from '../../../src/model/window.ts'

/** What the rules are held against. */
export interface Ground {
  /** What is durable of a key. */
  durable(key: ComponentKey): ComponentStatus | undefined
  /** What the controller has read; undefined where it may just be reading something else. */
  desire: Desire | undefined
  isFrozen: boolean
  /** Since when the key is wanted by all that could be read, milliseconds; undefined: it is not, or nobody knows. */
  wantedSinceMs(key: ComponentKey): number | undefined
  nowMs: number
}

/** Decided on what was read before, at most this long ago. */
export const DECIDED_WITHIN_MS = 15_000

/** Broken rules, by their names in the catalogue of faults. */
export function brokenBy(status: ComponentStatus & { intent: Intent }, ground: Ground): string[] {
  const { key, intent } = status
  const wish = ground.desire?.wishes.get(key)
  const broken: string[] = []
  const rule = (name: string, isBroken: boolean) => {
    if (isBroken) broken.push(`${name} ${key}: ${intent.kind} for ${intent.cause} was begun`)
  }
  rule('frozen, yet', ground.isFrozen)
  rule('S10 it is wanted, yet', intent.kind === 'remove' && isWanted(key, ground) && !isTakenBack(status))
  rule('suspended, yet', wish !== undefined && isSuspended(wish.policy, status, intent.startedAtMs))
  rule('outside of its window, yet', wish !== undefined && isOutside(wish.policy, status, ground))
  rule('S11 before what it needs,', isNewRevision(status) && isBeforeItsNeeds(wish, ground))
  rule('S11 after it failed elsewhere,', isNewRevision(status) && hasFailedElsewhere(status, wish, ground))
  // A record alone is nothing that anybody could need.
  const isThere = (status.lastDiff?.diff.changes.length ?? 0) > 0
  rule('S11 before what needs it,', intent.kind === 'remove' && isThere && isNeeded(key, ground))
  return broken
}

/** Where nothing was ever proven, what was taken back is put back to nothing. */
function isTakenBack({ lifecycle, lastGood }: ComponentStatus): boolean {
  return topState(lifecycle) === 'rolledBack' && lastGood === undefined
}

function isWanted(key: ComponentKey, { wantedSinceMs, nowMs }: Ground): boolean {
  const sinceMs = wantedSinceMs(key)
  return sinceMs !== undefined && nowMs - sinceMs > DECIDED_WITHIN_MS
}

function isNewRevision({ intent, lastGood }: ComponentStatus): boolean {
  return intent?.kind === 'apply' && intent.revision !== lastGood
}

function isSuspended({ suspend }: Policy, { suspension }: ComponentStatus, atMs: number): boolean {
  if (suspend === undefined || suspension?.reason !== suspend.reason) return false
  return suspend.until === undefined ? atMs < suspension.sinceMs + 24 * 3_600_000 : atMs < Date.parse(suspend.until)
}

/** What has begun goes on when its window closes, and what failed there is taken back. */
function isOutside({ window }: Policy, status: ComponentStatus, { durable }: Ground): boolean {
  const { intent, key } = status
  if (window === undefined || intent === undefined || isOpen(window, intent.startedAtMs)) return false
  if (intent.kind === 'rollback' || durable(key)?.changing === true) return false
  return intent.cause === 'drift' ? window.corrections === 'inside' : true
}

/** Windows of the simulation open every so many minutes, from the full hour on. */
function isOpen({ cron, durationMs }: Window, atMs: number): boolean {
  const every = Number(/^\*\/(\d+) /.exec(cron)?.[1] ?? 60)
  return atMs % (every * 60_000) <= durationMs
}

/** A dependency that changed in this very moment may have been seen as it was. */
function isBeforeItsNeeds(wish: Wish | undefined, { desire, durable, nowMs }: Ground): boolean {
  const needs = wish?.policy.dependsOn.filter(({ soft }) => !soft).map(({ component }) => component) ?? []
  return [...(desire?.wishes ?? [])].some(([key, other]) => {
    const status = durable(key)
    if (!needs.includes(splitKey(key).component) || other.kind === 'disable') return false
    if (status === undefined) return true
    return topState(status.lifecycle) !== 'healthy' && nowMs - status.updatedAtMs > 1_000
  })
}

/** Where a rollout has stopped, nobody else begins; what was begun before goes on, and what was taken back may have a chance. */
function hasFailedElsewhere(
  { key, lifecycle }: ComponentStatus,
  wish: Wish | undefined,
  { desire, durable, nowMs }: Ground,
): boolean {
  if (wish?.policy.rollout === undefined || durable(key)?.changing === true) return false
  if (lifecycle.context.chances !== 0) return false
  const { component } = splitKey(key)
  return [...(desire?.wishes ?? [])].some(([other, it]) => {
    const status = durable(other)
    if (other === key || it.kind !== 'deploy' || splitKey(other).component !== component || !status) return false
    const isTakenBack = topState(status.lifecycle) === 'rolledBack' && status.lastGood !== it.target.revision
    return isTakenBack && status.desired === it.target.revision && nowMs - status.updatedAtMs > 1_000
  })
}

function isNeeded(key: ComponentKey, { desire, durable, nowMs }: Ground): boolean {
  const { component } = splitKey(key)
  const wishes = [...(desire?.wishes ?? [])]
  const isElsewhere = wishes.some(([other, wish]) => splitKey(other).component === component && wish.kind !== 'disable')
  if (isElsewhere || desire === undefined) return false
  return wishes.some(([other, wish]) => {
    const status = durable(other)
    const needsIt = wish.policy.dependsOn.some((it) => !it.soft && it.component === component)
    const isThere = status !== undefined && topState(status.lifecycle) !== 'disabled'
    return needsIt && wish.kind === 'deploy' && isThere && nowMs - status.updatedAtMs > 1_000
  })
}
