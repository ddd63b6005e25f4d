// Whether a person's wish to go back, or to try again what was taken back, can be granted: what it comes to, or why not.
import { stateName, topState } from '../../machines/advance.ts'
import type { Generation } from '../model/generation.ts'
import { splitKey } from '../model/key.ts'
import { resourceId } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { sameValue } from '../plan/same-value.ts'
import type { HostRow } from '../store/store.ts'
import type { Wish } from './desire.ts'
import type { Status } from './statuses.ts'

export interface Around {
  wish: Wish | undefined
  row: HostRow
}

type Problem = { problem: string }

/** The generation to go back to: `to`, or the one proven last before what runs. */
export function chooseGeneration(
  status: Status,
  { wish, row }: Around,
  to: number | undefined,
): { chosen: Generation } | Problem {
  const { key, generation, generations = [] } = status
  if (wish?.kind === 'disable' || wish === undefined || topState(status.lifecycle) === 'disabled')
    return { problem: `${key} is not deployed, so there is nothing to take back` }
  if (!row.reachable) {
    const why = row.message === '' ? 'it was not reached yet' : row.message
    return { problem: `${splitKey(key).host} does not answer, so nothing of ${key} can be taken back: ${why}` }
  }
  if (generations.length === 0) return { problem: `no generation of ${key} is known` }
  const running = generations.find(({ number }) => number === generation)
  const chosen = to === undefined ? lastBefore(status, running) : generations.find(({ number }) => number === to)
  if (chosen === undefined) return { problem: whyNone(status, to) }
  return problemWith(chosen, status, running) ?? { chosen }
}

/** Of revisions that came here before the running one did: going back twice goes back further. */
function lastBefore({ generations = [], lifecycle }: Status, running: Generation | undefined) {
  const first = (revision: string | undefined) => generations.find((it) => it.revision === revision)?.number ?? 0
  const earlier = generations.filter((it) => running === undefined || first(it.revision) < first(running.revision))
  return earlier.findLast((it) => it.verified && it.revision !== lifecycle.context.desired)
}

function whyNone({ key, generation, generations = [] }: Status, to: number | undefined): string {
  if (to === undefined)
    return `no other generation of ${key} was proven before ${generation}, so there is none to go back to`
  const known = generations.map(({ number }) => number).join(', ')
  return `there is no generation ${to} of ${key}; there are ${known}: homeostat history ${key}`
}

function problemWith(
  chosen: Generation,
  { key, lifecycle }: Status,
  running: Generation | undefined,
): Problem | undefined {
  const { number, revision } = chosen
  if (!chosen.verified)
    return {
      problem: `generation ${number} of ${key} was never proven; to try it again, write it in the desired state`,
    }
  if (revision === lifecycle.context.desired && topState(lifecycle) === 'rolledBack')
    return {
      problem: `generation ${number} of ${key} is what is written; to have it again: homeostat rollback ${key} --resume`,
    }
  if (revision === running?.revision) return { problem: `generation ${number} of ${key} is what runs there` }
  return undefined
}

/** What lies between two targets and cannot be undone; undefined: nothing. */
export function irreversibleBetween(now: Target | undefined, then: Target): string | undefined {
  const find = (target: Target | undefined, id: string) => target?.resources.find((it) => resourceId(it) === id)
  const declared = [...(now?.resources ?? []), ...then.resources].filter(
    ({ irreversible }) => irreversible !== undefined,
  )
  const crossed = declared.find((it) => !sameValue(find(now, resourceId(it)), find(then, resourceId(it))))
  return crossed === undefined ? undefined : `${resourceId(crossed)} cannot be taken back: ${crossed.irreversible}`
}

/** The rejected revision that is meant by its beginning, or the one that is written. */
export function chooseRejected(
  { key, lifecycle }: Status,
  beginning: string | undefined,
): { revision: string } | Problem {
  const { rejected, desired } = lifecycle.context
  if (stateName(lifecycle) === 'failed.rollingBack')
    return { problem: `${key} is being taken back just now; ask again in a moment` }
  if (beginning === undefined) {
    if (desired !== null && rejected.includes(desired)) return { revision: desired }
    return { problem: `what is written of ${key} was not taken back there` }
  }
  const [revision, ...more] = rejected.filter((it) => it.startsWith(beginning))
  if (revision !== undefined && more.length === 0) return { revision }
  const known = rejected.map((it) => it.slice(0, 8)).join(', ') || 'none'
  return {
    problem: `${beginning} is not the beginning of one revision that was taken back of ${key}; those are: ${known}`,
  }
}
