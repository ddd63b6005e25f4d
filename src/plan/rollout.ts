// A component on several hosts: whose turn a new revision is. Told from what is known of each host alone, so that it is the
// same after a restart.
import { type Lifecycle, stateName } from '../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Rollout } from '../model/policy.ts'
import type { Revision } from '../model/target.ts'
import type { Blocker } from './decide.ts'

/** One of the hosts that the component is meant for. */
export interface Member {
  key: ComponentKey
  /** The revision asked for there. */
  revision: Revision
  lifecycle: Lifecycle
  /** A revision was begun there, and is neither proven nor taken back. */
  isChanging: boolean
  isReachable: boolean
}

const WAITING = 'RolloutWaiting'
const HALTED = 'RolloutHalted'

/** Reasons for which a new revision is held until something else happens than that others come to their end. */
export const HELD_BACK: readonly string[] = [HALTED, 'FleetFrozen', 'OutsideWindow', 'Suspended', 'NotPlanned']

/** Says of each host why the revision asked for there has to wait; undefined where it has its turn, or needs none. */
export function rolloutOf(members: readonly Member[], rollout: Rollout): (key: ComponentKey) => Blocker | undefined {
  if (members.length < 2) return () => undefined
  const byKey = new Map(members.map((member) => [member.key, member]))
  const failed = members.filter(hasFailed)
  const [first] = failed
  const turns = first === undefined ? turnsOf(members, rollout) : chancesOf(failed, members, rollout)
  return (key) => {
    const member = byKey.get(key)
    // What is in the middle of a change is better off with the next one than with none; what was proven there needs no proof.
    if (member === undefined || member.isChanging || isProven(member)) return undefined
    if (first !== undefined && !failed.includes(member)) return halted(member, first)
    return turns.free.has(key) ? undefined : waiting(member, turns.before, rollout)
  }
}

/** One host that rejected the revision keeps all others from it. */
function halted({ key, revision }: Member, failed: Member): Blocker {
  const [why = ''] = failed.lifecycle.context.message.split('\n')
  const message =
    `revision ${short(revision)} waits: ${failed.key} could not be brought to it${why === '' ? '' : ` (${why})`}. ` +
    `${splitKey(key).host} stays as it is until the spec changes, or ${failed.key} is healthy with it`
  return { reason: HALTED, message: message.slice(0, MESSAGE_LIMIT) }
}

const MESSAGE_LIMIT = 1_000

function waiting({ revision }: Member, before: readonly Member[], { maxParallel }: Rollout): Blocker {
  const shown = before.slice(0, SHOWN).map(said).join(', ')
  const more = before.length > SHOWN ? ` and ${before.length - SHOWN} more` : ''
  const atOnce = maxParallel === 1 ? 'one host' : `${maxParallel} hosts`
  return { reason: WAITING, message: `revision ${short(revision)} waits for ${shown}${more}: ${atOnce} at a time` }
}

const SHOWN = 3

function said({ key, isReachable }: Member): string {
  return isReachable ? key : `${key}, which does not answer`
}

interface Turns {
  /** Those that may begin now. */
  free: ReadonlySet<ComponentKey>
  /** Those that the others wait for. */
  before: Member[]
}

/** Where nothing was ever proven there is nothing to lose: once the revision is proven anywhere, those go at once. */
function turnsOf(members: readonly Member[], rollout: Rollout): Turns {
  const proven = members.filter(isProven)
  const unwell = proven.filter((it) => !isWell(it))
  if (unwell.length > 0) return { free: new Set(), before: unwell }
  const isBounded = ({ lifecycle }: Member) => proven.length === 0 || lifecycle.context.lastGood !== null
  const underWay = members.filter((it) => it.isChanging && isBounded(it))
  const canary = members.find(({ key }) => splitKey(key).host === rollout.canary)
  if (canary !== undefined && !isProven(canary)) {
    const isFree = underWay.length < rollout.maxParallel
    return { free: new Set(isFree ? [canary.key] : []), before: isFree ? [canary] : underWay }
  }
  const waitingHosts = members.filter((it) => !it.isChanging && !isProven(it))
  // A host that does not answer keeps nobody waiting before it was touched.
  const line = waitingHosts.filter((it) => isBounded(it) && it.isReachable).sort(byName)
  const next = line.slice(0, Math.max(0, rollout.maxParallel - underWay.length))
  const others = waitingHosts.filter((it) => !isBounded(it) || isNextButSilent(it, next, rollout, underWay))
  return { free: new Set([...next, ...others].map(({ key }) => key)), before: [...underWay, ...next] }
}

/** Where one has failed nobody begins; what is tried once more there is what the others wait for. */
function chancesOf(failed: readonly Member[], members: readonly Member[], { maxParallel }: Rollout): Turns {
  const underWay = members.filter((it) => it.isChanging)
  const line = failed.filter((it) => !it.isChanging).sort(byName)
  const next = line.slice(0, Math.max(0, maxParallel - underWay.length))
  return { free: new Set(next.map(({ key }) => key)), before: [...underWay, ...next] }
}

/** It answers again, as its own pass finds out: there may be room for it. */
function isNextButSilent(it: Member, next: Member[], { maxParallel }: Rollout, underWay: Member[]): boolean {
  return !it.isReachable && underWay.length + next.length < maxParallel
}

function byName(a: Member, b: Member): number {
  return a.key < b.key ? -1 : 1
}

function isProven({ lifecycle, revision }: Member): boolean {
  return lifecycle.context.lastGood === revision
}

function isWell({ lifecycle, revision }: Member): boolean {
  const isAskedFor = lifecycle.context.desired === revision
  return !isAskedFor || ['healthy.inSync', 'healthy.drifted'].includes(stateName(lifecycle))
}

function hasFailed(member: Member): boolean {
  const { lifecycle, revision } = member
  const isAway = ['rolledBack.holding', 'rolledBack.drifted', 'failed.rollingBack', 'failed.stalled']
  return !isProven(member) && lifecycle.context.desired === revision && isAway.includes(stateName(lifecycle))
}

function short(revision: Revision): string {
  return revision.slice(0, 8)
}
