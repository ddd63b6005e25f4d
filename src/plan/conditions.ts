// What people and programs read: conditions, derived from the lifecycle and from what was observed.
import { type Lifecycle, stateName, topState } from '../../machines/advance.ts'
import type { ComponentKey } from '../model/key.ts'
import type { Condition, ConditionType } from '../model/status.ts'
import { contestMessage } from './contest.ts'

export interface Observed {
  key: ComponentKey
  lifecycle: Lifecycle
  /** Why the host cannot be reached; undefined when it answered. */
  unreachable?: string
  /** Why nobody knows whether it can be reached: it does not answer while an operation of ours is under way. */
  silent?: string
  /** Why nothing is done although something should be. */
  hold?: { reason: string; message: string }
  /** Who is likely to have made the drift that was found last, in words. */
  author?: string
  /** Absent where nobody looked: what was known stays. */
  notices?: Notices
  nowMs: number
}

/** What a person should know of a component whatever its state. */
export interface Notices {
  /** Why its type should not be used any more, and what instead. */
  deprecated?: string
  /** What of it is no real program. */
  standIn?: string
  /** Of a component that refers to secrets: why they cannot be had, or that they can; and which of them everybody knows. */
  secrets?: { problem?: string; published?: string[] }
  /** It is only observed. */
  external?: boolean
  /** Why nothing is changed, and until when. */
  suspended?: string
}

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** The conditions now; a transition time is kept while the status stays the same. */
export function conditionsOf(before: Condition[], observed: Observed): Condition[] {
  const noticed = observed.notices === undefined ? before.filter(isNotice) : noticesOf(observed.notices)
  return [...drafts(observed), ...noticed].map((draft) => {
    const old = before.find((condition) => condition.type === draft.type)
    return dated(draft, old, observed)
  })
}

/**
 * The conditions once a lifecycle went on from where they were told, and nobody has looked since: what only told of it tells of what it
 * has come to, and what was known beside that (why something is held, that a host does not answer, a notice) stays. So does what differs
 * on the host: only another look tells that it does no more.
 */
export function conditionsAfter(
  before: Condition[],
  from: Lifecycle,
  now: Pick<Observed, 'key' | 'lifecycle' | 'author' | 'nowMs'>,
): Condition[] {
  const told = drafts({ ...now, lifecycle: from })
  const tells = drafts(now)
  return before.map((old) => {
    const at = old.type === 'Drifted' ? -1 : told.findIndex((draft) => isSaidBy(old, draft))
    const draft = tells[at]
    return draft === undefined ? old : dated(draft, old, now)
  })
}

function isSaidBy({ type, status, reason, message }: Condition, draft: Draft): boolean {
  return type === draft.type && status === draft.status && reason === draft.reason && message === draft.message
}

function dated(draft: Draft, old: Condition | undefined, { lifecycle, nowMs }: Pick<Observed, 'lifecycle' | 'nowMs'>) {
  const revision = lifecycle.context.desired
  const lastTransitionTimeMs = old?.status === draft.status ? old.lastTransitionTimeMs : nowMs
  return { ...draft, lastTransitionTimeMs, ...(revision === null ? {} : { observedRevision: revision }) }
}

function drafts(observed: Observed): Draft[] {
  const { lifecycle } = observed
  const state = stateName(lifecycle)
  const { reason, message } = lifecycle.context
  const moving =
    ['deploying', 'verifying'].includes(topState(lifecycle)) ||
    state === 'failed.rollingBack' ||
    state === 'disabled.removing'
  return [
    ready(observed, state),
    when('Reconciling', moving, camel(state), message),
    when('Stalled', state === 'failed.stalled', reason, message),
    drifted(observed),
    blocked(observed, state),
    reachable(observed),
    when('RolledBack', topState(lifecycle) === 'rolledBack', reason, message),
  ]
}

/** These are only there when there is something to say. */
function noticesOf({ deprecated, standIn, secrets, external, suspended }: Notices): Draft[] {
  return [
    ...(suspended === undefined ? [] : [when('Suspended', true, 'Suspended', suspended)]),
    ...(external === true ? [when('External', true, 'External', 'run by others: never changed, only observed')] : []),
    ...(secrets === undefined ? [] : [secretsReady(secrets)]),
    ...(deprecated === undefined ? [] : [when('Deprecated', true, 'EndOfLife', deprecated)]),
    ...(standIn === undefined ? [] : [when('StandIn', true, 'StandIn', standIn)]),
  ]
}

function isNotice({ type }: Condition): boolean {
  return ['Deprecated', 'StandIn', 'SecretsReady', 'External', 'Suspended'].includes(type)
}

function secretsReady({ problem, published = [] }: NonNullable<Notices['secrets']>): Draft {
  const type = 'SecretsReady'
  if (problem !== undefined) return { type, status: 'False', reason: 'SecretsNotReady', message: problem }
  if (published.length === 0) return { type, status: 'True', reason: 'Decrypted', message: '' }
  const message = `known to everybody, since their key is published: ${published.join(', ')}. For hosts of your own: homeostat secrets renew`
  return { type, status: 'True', reason: 'Published', message }
}

function reachable({ unreachable, silent }: Observed): Draft {
  if (unreachable !== undefined)
    return { type: 'Reachable', status: 'False', reason: 'NotReached', message: unreachable }
  if (silent !== undefined) return { type: 'Reachable', status: 'Unknown', reason: 'NoSignOfLife', message: silent }
  return { type: 'Reachable', status: 'True', reason: 'Answered', message: '' }
}

/** Whatever else is going on: what differs is not hidden by a failure, nor a failure by what differs. */
function drifted({ lifecycle, key, author }: Observed): Draft {
  const { contested, drift, dueAtMs } = lifecycle.context
  const texts = contested.length > 0 ? [contestMessage(contested, key)] : []
  const differs = [...texts, ...(drift === '' ? [] : [drift])].join('; ')
  const message = differs === '' || author === undefined ? differs : `${differs}; ${author}`
  const isToBeCorrected = dueAtMs !== null && ['healthy', 'rolledBack'].includes(topState(lifecycle))
  const reason = contested.length > 0 ? 'Contested' : isToBeCorrected ? 'Drifted' : 'DriftNotCorrected'
  return when('Drifted', message !== '', reason, message)
}

function ready(observed: Observed, state: string): Draft {
  const { lifecycle, unreachable } = observed
  const { reason, message } = lifecycle.context
  if (unreachable !== undefined)
    return { type: 'Ready', status: 'Unknown', reason: 'HostUnreachable', message: unreachable }
  if (state === 'healthy.inSync') return { type: 'Ready', status: 'True', reason: 'Healthy', message: '' }
  if (state === 'healthy.drifted')
    return { type: 'Ready', status: 'True', reason: 'Drifted', message: drifted(observed).message }
  return {
    type: 'Ready',
    status: 'False',
    reason: camel(state),
    message: message || reason || (MEANWHILE[state] ?? ''),
  }
}

/** What is going on in a state that has no trouble to tell of. */
const MEANWHILE: Record<string, string> = {
  'deploying.blocked': 'waits for its turn',
  'deploying.applying': 'an operation is under way on the host',
  'verifying.probing': 'its probes are asked',
  'verifying.soaking': 'its probes pass; now it has to stay that way',
  'disabled.removing': 'what it owned is being removed',
  'disabled.absent': 'as written: nothing of it is left there',
}

function blocked({ hold, lifecycle }: Observed, state: string): Draft {
  const isWaiting = state === 'deploying.blocked' || state === 'disabled.removing'
  if (hold !== undefined) return { type: 'Blocked', status: 'True', reason: hold.reason, message: hold.message }
  const { reason, message } = lifecycle.context
  return when('Blocked', isWaiting && reason !== '', reason, message)
}

function when(type: ConditionType, is: boolean, reason: string, message: string): Draft {
  return is
    ? { type, status: 'True', reason: reason || type, message }
    : { type, status: 'False', reason: `Not${type}`, message: '' }
}

/** `deploying.applying` → `DeployingApplying`. */
function camel(state: string): string {
  return state
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}
