// Who needs whom: what a new revision waits for, and who has to be gone before something goes. Of what is no longer written,
// what was last known counts.
import { stateName, topState } from '../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Dependency } from '../model/policy.ts'
import type { ComponentStatus } from '../model/status.ts'
import { conditionOf } from '../model/status-summary.ts'
import type { Blocker } from '../plan/decide.ts'
import { HELD_BACK } from '../plan/rollout.ts'
import type { Desire, Wish } from './desire.ts'
import type { Status, Statuses } from './statuses.ts'

/** A new revision waits for its dependencies, on all their hosts or on its own. */
export function deployBlockers(key: ComponentKey, desire: Desire, statuses: Statuses): Blocker[] {
  const needs = desire.wishes.get(key)?.policy.dependsOn ?? []
  const disabled = needs.filter((need) => !need.soft && isDisabled(need, key, desire))
  if (disabled.length > 0) return [disabledBlocker(disabled.map(({ component }) => component).sort())]
  const waitingFor = needs.flatMap((dependency) => unmet(dependency, key, desire, statuses))
  if (waitingFor.length === 0) return []
  return [{ reason: 'DependencyNotHealthy', message: `waits for ${waitingFor.sort().join(', ')} to be healthy` }]
}

function disabledBlocker(names: string[]): Blocker {
  const it = names.length === 1 ? 'it is' : 'they are'
  const message = `needs ${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} disabled; it waits until ${it} enabled or no longer needed`
  return { reason: 'DependencyDisabled', message }
}

function isDisabled(dependency: Dependency, by: ComponentKey, desire: Desire): boolean {
  const wishes = [...desire.wishes].filter(([key]) => isMeant(dependency, key, by))
  return wishes.length > 0 && wishes.every(([, wish]) => wish.kind === 'disable')
}

function unmet(dependency: Dependency, by: ComponentKey, desire: Desire, statuses: Statuses): ComponentKey[] {
  return [...desire.wishes].flatMap(([key, wish]) =>
    isMeant(dependency, key, by) && wish.kind !== 'disable' && !isMet(dependency, statuses.get(key), wish) ? [key] : [],
  )
}

/** Whether this key is what the other one, which has the dependency, is about. */
function isMeant({ component, sameHost }: Dependency, key: ComponentKey, by: ComponentKey): boolean {
  const it = splitKey(key)
  return it.component === component && (sameHost !== true || it.host === splitKey(by).host)
}

/** A soft dependency only orders: it is waited for while it is on its way, not when it failed, or is held for long. */
function isMet({ soft }: Dependency, status: Status, wish: Wish): boolean {
  const top = topState(status.lifecycle)
  // What runs may be healthy while what is asked for is still to come.
  const isAskedFor = wish.kind !== 'deploy' || status.lifecycle.context.desired === wish.target.revision
  if (top === 'healthy' && isAskedFor) return true
  return soft && (top === 'failed' || top === 'rolledBack' || isHeldBack(status))
}

/** Proven, reached, and nothing failed when it was asked last. */
export function isWell(status: Status): boolean {
  return conditionOf(status, 'Ready')?.status === 'True' && status.lastProbes.every(({ passed }) => passed)
}

/** A new revision of it waits for something that nobody knows the end of. */
export function isHeldBack(status: Pick<Status, 'conditions'>): boolean {
  const blocked = status.conditions.find(({ type }) => type === 'Blocked')
  return blocked?.status === 'True' && HELD_BACK.includes(blocked.reason)
}

/** Those that may wait for this key to be healthy, or to be gone. */
export function neighboursOf(
  { key, dependsOn = [] }: Pick<ComponentStatus, 'key' | 'dependsOn'>,
  desire: Desire,
  statuses: Statuses,
): ComponentKey[] {
  // What it needed until now too: that may wait for this key to need it no longer.
  const needed = [...(desire.wishes.get(key)?.policy.dependsOn ?? []), ...dependsOn]
  return allKeys(desire, statuses).filter(
    (other) =>
      mayWait(statuses.get(other), desire.wishes.get(other)) &&
      (needed.some((need) => isMeant(need, other, key)) ||
        needsOf(other, desire, statuses).some((need) => isMeant(need, key, other))),
  )
}

/** What runs what is asked for, proven or to be proven, waits for nobody: it is not looked at for what others come to. */
function mayWait({ lifecycle }: Status, wish: Wish | undefined): boolean {
  const isThere = ['verifying', 'healthy'].includes(topState(lifecycle)) && stateName(lifecycle) !== 'healthy.degraded'
  return !isThere || wish?.kind !== 'deploy' || lifecycle.context.desired !== wish.target.revision
}

/**
 * Those because of which this key has to stay: they need its component and are still there. One that only orders itself after
 * it is waited for while it goes too; one on a host that nobody describes any more is not ours to wait for.
 */
export function runningDependents(key: ComponentKey, desire: Desire, statuses: Statuses): ComponentKey[] {
  const { component } = splitKey(key)
  const dependents = allKeys(desire, statuses).filter((other) => {
    const needs = needsOf(other, desire, statuses).filter((need) => isMeant(need, key, other))
    return needs.some(({ soft }) => !soft || isGoing(other, desire)) && isThere(other, desire, statuses)
  })
  return dependents.filter((other) => !leadsTo(component, splitKey(other).component, desire, statuses))
}

function isGoing(key: ComponentKey, { wishes }: Desire): boolean {
  const wish = wishes.get(key)
  return wish === undefined || wish.kind === 'disable'
}

function isThere(key: ComponentKey, desire: Desire, statuses: Statuses): boolean {
  return desire.hosts[splitKey(key).host] !== undefined && stateName(statuses.get(key).lifecycle) !== 'disabled.absent'
}

/** What was last known of two may be of different times and lead in a circle: then neither waits for the other. */
function leadsTo(from: string, to: string, desire: Desire, statuses: Statuses): boolean {
  const keys = Map.groupBy(allKeys(desire, statuses), (key) => splitKey(key).component)
  const reached = new Set([from])
  for (const name of reached)
    for (const key of keys.get(name) ?? [])
      for (const need of needsOf(key, desire, statuses)) reached.add(need.component)
  return reached.has(to)
}

function needsOf(key: ComponentKey, desire: Desire, statuses: Statuses): Dependency[] {
  return desire.wishes.get(key)?.policy.dependsOn ?? statuses.get(key).dependsOn ?? []
}

function allKeys(desire: Desire, statuses: Statuses): ComponentKey[] {
  return [...new Set([...desire.wishes.keys(), ...statuses.keys()])]
}
