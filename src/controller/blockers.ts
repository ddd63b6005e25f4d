// Why what should be removed has to stay for now: always named, so that a person can see the chain.
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Blocker } from '../plan/decide.ts'
import { runningDependents } from './dependencies.ts'
import type { Desire } from './desire.ts'
import type { Statuses } from './statuses.ts'

/** Components that may be removed from the desired state at once without a confirmation (DESIGN §5). */
const REMOVALS_UNASKED = 3
/** Of all components; a single one may always go. */
const REMOVED_SHARE_UNASKED = 0.2

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
  if (running.length > 0) {
    const message = `needed by ${running.sort().join(', ')}; it is removed after that, or when nothing there needs it any more`
    return [{ reason: 'DependentsRunning', message }]
  }
  if (isListed || confirmed.has(component)) return []
  return massRemoval(desire, statuses, confirmed)
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
