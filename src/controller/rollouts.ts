// Whose turn a new revision is, out of what is known of all hosts of its component.
import { type ComponentKey, splitKey } from '../model/key.ts'
import { conditionOf } from '../model/status-summary.ts'
import type { Blocker } from '../plan/decide.ts'
import { type Member, rolloutOf } from '../plan/rollout.ts'
import type { Desire } from './desire.ts'
import type { Status, Statuses } from './statuses.ts'

export class Rollouts {
  readonly #desire: () => Desire
  readonly #statuses: Statuses
  /** Keys whose change is about to be written down: until it is, only this tells that they have begun. */
  readonly #beginning = new Set<ComponentKey>()

  constructor(desire: () => Desire, statuses: Statuses) {
    this.#desire = desire
    this.#statuses = statuses
  }

  /** Why a new revision of the key has to wait for other hosts; undefined when it has not. */
  blocker(key: ComponentKey): Blocker | undefined {
    const rollout = this.#desire().wishes.get(key)?.policy.rollout
    return rollout === undefined ? undefined : rolloutOf(this.#members(key), rollout)(key)
  }

  /** Takes the key's turn until `release` is called; undefined: since it was decided that it may, others went first, or it is wanted no more. */
  take(key: ComponentKey): (() => void) | undefined {
    const wish = this.#desire().wishes.get(key)
    if (wish === undefined || wish.kind === 'disable' || this.blocker(key) !== undefined) return undefined
    this.#beginning.add(key)
    return () => void this.#beginning.delete(key)
  }

  /** Those of the key's component that would be told something else now than they were. */
  toldOtherwise(key: ComponentKey): ComponentKey[] {
    const rollout = this.#desire().wishes.get(key)?.policy.rollout
    if (rollout === undefined) return []
    const members = this.#members(key)
    const blockerOf = rolloutOf(members, rollout)
    return members.flatMap((member) => {
      const told = conditionOf(this.#statuses.get(member.key), 'Blocked')
      const isTold = told?.status === 'True' && told.reason.startsWith('Rollout')
      const now = blockerOf(member.key)
      const isSame = now === undefined ? !isTold : isTold && now.reason === told.reason && now.message === told.message
      return isSame || member.key === key ? [] : [member.key]
    })
  }

  #members(key: ComponentKey): Member[] {
    const { wishes } = this.#desire()
    return keysOf(splitKey(key).component, this.#desire()).flatMap((of): Member[] => {
      const wish = wishes.get(of)
      if (wish?.kind !== 'deploy') return []
      const status = this.#statuses.get(of)
      const isChanging = status.changing === true || this.#beginning.has(of)
      const isReachable = conditionOf(status, 'Reachable')?.status !== 'False'
      return [{ key: of, revision: wish.target.revision, lifecycle: status.lifecycle, isChanging, isReachable }]
    })
  }
}

/** Whether others of its component may have a turn because of it, or none any more. */
export function mattersToRollout(before: Status, after: Status): boolean {
  return said(before) !== said(after)
}

function said(status: Status): string {
  const { context, value } = status.lifecycle
  const reachable = conditionOf(status, 'Reachable')?.status === 'False'
  return JSON.stringify([value, context.desired, context.lastGood, status.changing, reachable])
}

/** Grouped once for each desire: there may be thousands of keys, each asking. */
const grouped = new WeakMap<Desire, Map<string, ComponentKey[]>>()

function keysOf(component: string, desire: Desire): ComponentKey[] {
  const known = grouped.get(desire) ?? Map.groupBy(desire.wishes.keys(), (key) => splitKey(key).component)
  grouped.set(desire, known)
  return known.get(component) ?? []
}
