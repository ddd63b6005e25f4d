// What a person says when asked about removals, held against what is really waiting.
import { type ComponentKey, isOf, splitKey } from '../model/key.ts'
import type { Desire } from './desire.ts'
import { unconfirmedRemovals } from './mass-removal.ts'
import type { Removals } from './removals.ts'
import type { Statuses } from './statuses.ts'

/** One component, from all its hosts or from one; or all that waits, if that is exactly what the digest stands for. */
export type RemovalAnswer = { component: string; host?: string } | { all: string }

/** The keys that may go now, or why there is nothing to confirm. */
export type Confirmation = { keys: ComponentKey[] } | { problem: string }

/** Takes the answer: it counts once for each key, and for an hour. Only what is not written any more can be confirmed. */
export function takeAnswer(
  answer: RemovalAnswer,
  known: { desire: Desire; statuses: Statuses; removals: Removals },
): Confirmation {
  const said = 'all' in answer ? allOf(answer.all, known) : someOf(answer, known)
  if ('keys' in said) for (const key of said.keys) known.removals.confirm(key)
  return said
}

function someOf(
  { component, host }: { component: string; host?: string },
  { desire, statuses }: { desire: Desire; statuses: Statuses },
): Confirmation {
  const isMeant = (key: ComponentKey) => isOf(key, component, host)
  const keys = statuses.keys().filter((key) => isMeant(key) && !desire.wishes.has(key))
  if (keys.length > 0) return { keys }
  const name = host === undefined ? component : `${component}@${host}`
  const isWritten = [...desire.wishes.keys()].some(isMeant)
  if (!isWritten) return { problem: `nothing is known of ${name}` }
  return { problem: `${name} is in the desired state and is not going to be removed; there is nothing to confirm` }
}

function allOf(
  digest: string,
  { desire, statuses, removals }: { desire: Desire; statuses: Statuses; removals: Removals },
): Confirmation {
  const waiting = unconfirmedRemovals(desire, statuses, removals)
  if (waiting.components.length === 0) return { problem: 'nothing waits for a confirmation' }
  if (waiting.digest !== digest) {
    const now = `${waiting.components.length} now: ${waiting.components.join(', ')}`
    return {
      problem: `${digest} does not stand for the components that wait, ${now}. For these: --all ${waiting.digest}`,
    }
  }
  const names = new Set(waiting.components)
  return { keys: statuses.keys().filter((key) => names.has(splitKey(key).component) && !desire.wishes.has(key)) }
}
