// Why something that should be done has to wait for something else: always named, so that a person can see the chain.
import { stateName, topState } from '../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Dependency } from '../model/policy.ts'
import type { Blocker } from '../plan/decide.ts'
import type { Desire, Wish } from './desire.ts'
import type { Status, Statuses } from './statuses.ts'

/** Components that may be removed from the desired state at once without a confirmation (DESIGN §5). */
const REMOVALS_UNASKED = 3
/** Of all components; a single one may always go. */
const REMOVED_SHARE_UNASKED = 0.2

/** A new revision waits for its dependencies, on all their hosts. */
export function deployBlockers(key: ComponentKey, desire: Desire, statuses: Statuses): Blocker[] {
  const wish = desire.wishes.get(key)
  const waitingFor = (wish?.policy.dependsOn ?? []).flatMap((dependency) => unmet(dependency, desire, statuses))
  if (waitingFor.length === 0) return []
  return [{ reason: 'DependencyNotHealthy', message: `waits for ${waitingFor.sort().join(', ')} to be healthy` }]
}

function unmet(dependency: Dependency, desire: Desire, statuses: Statuses): ComponentKey[] {
  return keysOf(dependency.component, desire).filter(
    (key) => !isMet(dependency, desire.wishes.get(key), statuses.get(key)),
  )
}

function isMet(dependency: Dependency, wish: Wish | undefined, status: Status): boolean {
  const top = topState(status.lifecycle)
  if (top === 'healthy') return true
  if (wish?.kind === 'disable') return dependency.soft
  return dependency.soft && (top === 'failed' || top === 'rolledBack')
}

function keysOf(component: string, desire: Desire): ComponentKey[] {
  return [...desire.wishes].flatMap(([key, wish]) =>
    splitKey(key).component === component && wish.kind !== 'disable' ? [key] : [],
  )
}

/** Keys that wait for this one, directly. */
export function dependentsOf(key: ComponentKey, desire: Desire): ComponentKey[] {
  const { component } = splitKey(key)
  return [...desire.wishes].flatMap(([other, wish]) =>
    wish.policy.dependsOn.some((it) => it.component === component) ? [other] : [],
  )
}

/** Those that wait for this key to be healthy, and those that wait for it to be gone. */
export function neighboursOf(key: ComponentKey, desire: Desire, known: ComponentKey[]): ComponentKey[] {
  const needs = new Set(desire.wishes.get(key)?.policy.dependsOn.map((it) => it.component))
  return [...dependentsOf(key, desire), ...known.filter((other) => needs.has(splitKey(other).component))]
}

/** Nothing is removed while a file is broken, while a dependent still runs, or when too much would go at once. */
export function removalBlockers(
  key: ComponentKey,
  desire: Desire,
  statuses: Statuses,
  confirmed: Set<string>,
): Blocker[] {
  const { component } = splitKey(key)
  const isListed = desire.wishes.has(key)
  if (!isListed && desire.broken.length > 0) {
    return [
      {
        reason: 'FilesBroken',
        message: `nothing is removed while ${desire.broken.join(', ')} cannot be read or is wrong`,
      },
    ]
  }
  const isElsewhere = [...desire.wishes].some(
    ([other, wish]) => splitKey(other).component === component && wish.kind !== 'disable',
  )
  // Those that need it have it on another host.
  const running = isElsewhere ? [] : runningDependents(key, desire, statuses)
  if (running.length > 0)
    return [{ reason: 'DependentsRunning', message: `waits until ${running.sort().join(', ')} is removed` }]
  if (isListed || confirmed.has(component)) return []
  return massRemoval(desire, statuses, confirmed)
}

function runningDependents(key: ComponentKey, desire: Desire, statuses: Statuses): ComponentKey[] {
  return dependentsOf(key, desire).filter((other) => stateName(statuses.get(other).lifecycle) !== 'disabled.absent')
}

function massRemoval(desire: Desire, statuses: Statuses, confirmed: Set<string>): Blocker[] {
  const listed = new Set([...desire.wishes.keys()].map((key) => splitKey(key).component))
  const known = new Set(statuses.keys().map((key) => splitKey(key).component))
  const going = [...known].filter((name) => !listed.has(name) && !confirmed.has(name))
  const all = new Set([...listed, ...known]).size
  const isFew = going.length <= REMOVALS_UNASKED && going.length <= all * REMOVED_SHARE_UNASKED
  if (going.length <= 1 || isFew) return []
  const message = `${going.length} of ${all} components would be removed at once (${going.sort().slice(0, 5).join(', ')}${going.length > 5 ? ', …' : ''}); confirm with: homeostat reconcile --confirm-removal COMPONENT`
  return [{ reason: 'RemovalNotConfirmed', message }]
}
