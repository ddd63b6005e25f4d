// A status and what happened to it go to the store together; only then do log, metrics and readers hear of it.
import { stateName, topState } from '../../machines/advance.ts'
import { splitKey } from '../model/key.ts'
import type { Cause } from '../model/operation.ts'
import type { Condition, Event } from '../model/status.ts'
import { conditionOf } from '../model/status-summary.ts'
import type { Target } from '../model/target.ts'
import { chanceLeft } from '../plan/chance.ts'
import { conditionsAfter } from '../plan/conditions.ts'
import type { HostRow } from '../store/store.ts'
import { originOf, whoTakesBack } from './change-cause.ts'
import { withProven } from './generations.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'
import { authorOf } from './tracing.ts'

/** What is saved with a status. */
interface With {
  target?: Target | undefined
  host?: HostRow
  /** Another write follows before anything is done. */
  mayWait?: boolean
}

/** Saves `after` with its events and, where the state changed, the event of that. Writes nothing when nothing changed. Returns what is saved. */
export async function record(
  before: Status,
  after: Status,
  events: Event[],
  tools: Tools,
  { target, host, mayWait }: With = {},
): Promise<Status> {
  const nowMs = tools.clock.nowMs()
  const { desired, lastGood } = after.lifecycle.context
  const { desired: _d, lastGood: _g, changing, ...rest } = withProven(after)
  const status: Status = {
    ...rest,
    conditions: conditionsSince(before, after, nowMs),
    ...(changing && isUnderWay(after) ? { changing } : {}),
    ...(desired === null ? {} : { desired }),
    ...(lastGood === null ? {} : { lastGood }),
  }
  const said = confirmation(before, status, nowMs)
  const all = [...said, ...events, ...stateChange(before, status, nowMs), ...noticeChange(before, status, nowMs)]
  const write = {
    events: all,
    ...(target === undefined ? {} : { targets: [target] }),
    ...(host === undefined ? {} : { hosts: [host] }),
    ...(mayWait === undefined ? {} : { mayWait }),
  }
  if (await tools.statuses.save(status, nowMs, write)) tools.report.transition(before, status, all)
  return status
}

/** Those of a pass are there already; in the middle of what it does, they are to speak of that and not of what was waited for before. */
function conditionsSince(before: Status, after: Status, nowMs: number): Condition[] {
  const { key, lifecycle, conditions } = after
  if (conditions !== before.conditions) return conditions
  return conditionsAfter(conditions, before.lifecycle, { key, lifecycle, ...authorOf(before), nowMs })
}

/** Proven, taken back or gone, a change is over. */
function isUnderWay({ lifecycle }: Status): boolean {
  return ['deploying', 'verifying', 'failed'].includes(topState(lifecycle))
}

/** A fresh event about a key. */
export function eventOf(status: Status, nowMs: number, what: Omit<Event, 'atMs' | 'key' | 'host'>): Event {
  const revision = status.lifecycle.context.desired
  return {
    atMs: nowMs,
    key: status.key,
    host: splitKey(status.key).host,
    ...(revision === null ? {} : { revision }),
    ...what,
  }
}

const SENTENCES: Record<string, { reason: string; warning?: true; say: string }> = {
  'deploying.blocked': { reason: 'Deploying', say: 'a revision is to be deployed' },
  'verifying.probing': { reason: 'Verifying', say: 'applied; now it has to prove itself' },
  'healthy.inSync': { reason: 'Healthy', say: 'proven and in sync' },
  'healthy.degraded': { reason: 'Degraded', warning: true, say: 'it was healthy and fails its probes now' },
  'failed.retrying': { reason: 'Failed', warning: true, say: 'it failed and will be tried again' },
  'failed.rollingBack': {
    reason: 'RollingBack',
    warning: true,
    say: 'the revision is rejected; going back to what was proven last',
  },
  'failed.stalled': {
    reason: 'Stalled',
    warning: true,
    say: 'the rollback failed; nothing more is tried until the spec changes or somebody asks for it',
  },
  'rolledBack.holding': {
    reason: 'RolledBack',
    warning: true,
    say: 'taken back; the rejected revision is not tried again',
  },
  'disabled.removing': { reason: 'Removing', say: 'it is no longer wanted; what it owned goes' },
  'disabled.absent': { reason: 'Removed', say: 'nothing of it is left' },
}

function stateChange(before: Status, after: Status, nowMs: number): Event[] {
  const [from, to] = [stateName(before.lifecycle), stateName(after.lifecycle)]
  const { message, desired, lastGood } = after.lifecycle.context
  const isPutBack = to.startsWith('deploying.') && desired === lastGood
  const hasChance = to === 'rolledBack.holding' && chanceLeft(after.lifecycle.context) !== undefined
  const sentence = isPutBack ? CORRECTING : hasChance ? WITH_A_CHANCE : SENTENCES[to]
  if (from === to || sentence === undefined || isStepWithin(from, to)) return []
  const cause = causeOf(sentence.reason, after)
  const told = {
    type: sentence.warning ? ('Warning' as const) : ('Normal' as const),
    reason: sentence.reason,
    ...(cause && { cause }),
  }
  return [eventOf(after, nowMs, { ...told, message: message === '' ? sentence.say : `${sentence.say}: ${message}` })]
}

/** Of what begins a change of the host; how one ends is told with its operation. */
function causeOf(reason: string, after: Status): Cause | undefined {
  switch (reason) {
    case 'Deploying':
      return originOf(after)
    case 'Correcting':
      return 'drift'
    case 'RollingBack':
      return whoTakesBack(after)
    case 'Removing':
      return 'spec'
    default:
      return undefined
  }
}

function noticeChange(before: Status, after: Status, nowMs: number): Event[] {
  return [...secretsChange(before, after, nowMs), ...suspensionChange(before, after, nowMs)]
}

function suspensionChange(before: Status, after: Status, nowMs: number): Event[] {
  const [old, now] = [before, after].map((status) => conditionOf(status, 'Suspended'))
  if (now !== undefined && now.message !== old?.message)
    return [
      eventOf(after, nowMs, { type: 'Normal', reason: 'Suspended', message: `${now.message}; nothing is changed` }),
    ]
  if (now !== undefined || old === undefined) return []
  return [eventOf(after, nowMs, { type: 'Normal', reason: 'Resumed', message: 'no longer suspended' })]
}

/** Whether its secrets can be had is no state, and worth a line when it changes. */
function secretsChange(before: Status, after: Status, nowMs: number): Event[] {
  const [old, now] = [before, after].map((status) => conditionOf(status, 'SecretsReady'))
  if (now?.status === 'False' && (old?.status !== 'False' || old.message !== now.message))
    return [eventOf(after, nowMs, { type: 'Warning', reason: 'SecretsNotReady', message: `held: ${now.message}` })]
  if (now?.status !== 'True' || old?.status !== 'False') return []
  return [eventOf(after, nowMs, { type: 'Normal', reason: 'SecretsReady', message: 'its secrets can be had again' })]
}

function confirmation(before: Status, after: Status, nowMs: number): Event[] {
  const confirmedAtMs = after.removal?.confirmedAtMs
  if (confirmedAtMs === undefined || confirmedAtMs === before.removal?.confirmedAtMs) return []
  const message = 'a person confirmed that it is removed'
  return [eventOf(after, nowMs, { type: 'Normal', reason: 'RemovalConfirmed', message, cause: 'manual' })]
}

/** What was proven before is brought about again: no new revision. */
const CORRECTING = { reason: 'Correcting', say: 'the host is put back to what was proven', warning: undefined }

/** It was no fault of the revision, as far as is known. */
const WITH_A_CHANCE = {
  reason: 'RolledBack',
  warning: true as const,
  say: 'taken back; nothing has shown that the revision is bad, so it will be tried once more',
}

/** Moves that are not worth a line: back from soaking to probing, from applying to blocked. */
function isStepWithin(from: string, to: string): boolean {
  return ['verifying.', 'deploying.', 'rolledBack.'].some((top) => from.startsWith(top) && to.startsWith(top))
}
