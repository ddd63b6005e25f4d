// Why what should be removed has to stay for now: always named, so that a person can see the chain.
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Blocker } from '../plan/decide.ts'
import { runningDependents } from './dependencies.ts'
import type { Desire } from './desire.ts'
import { massRemoval } from './mass-removal.ts'
import type { Removals } from './removals.ts'
import type { Statuses } from './statuses.ts'

/** Nothing is removed while a file is broken, before a person has said so where much would go, or while a dependent runs. */
export function removalBlockers(key: ComponentKey, desire: Desire, statuses: Statuses, removals: Removals): Blocker[] {
  const reasons = desire.wishes.has(key) ? [] : whyNotUnwritten(key, desire, statuses, removals)
  return reasons.length > 0 ? reasons : dependentsRunning(key, desire, statuses)
}

function whyNotUnwritten(key: ComponentKey, desire: Desire, statuses: Statuses, removals: Removals): Blocker[] {
  if (desire.broken.length === 0) return massRemoval(key, desire, statuses, removals)
  const message = `nothing is removed while ${desire.broken.join(', ')} cannot be read or is wrong`
  return [{ reason: 'FilesBroken', message }]
}

function dependentsRunning(key: ComponentKey, desire: Desire, statuses: Statuses): Blocker[] {
  const { component } = splitKey(key)
  // Those that need it have it on another host.
  const isElsewhere = [...desire.wishes].some(
    ([other, wish]) => splitKey(other).component === component && wish.kind !== 'disable',
  )
  const running = isElsewhere ? [] : runningDependents(key, desire, statuses)
  if (running.length === 0) return []
  const message = `needed by ${running.sort().join(', ')}; it is removed after that, or when nothing there needs it any more`
  return [{ reason: 'DependentsRunning', message }]
}
