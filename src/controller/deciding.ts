// Lets a lifecycle move by itself as far as it can, on what was seen, and says what then is to be done.
import { advance, topState } from '../../machines/advance.ts'
import type { Fact } from '../../machines/facts.ts'
import type { Diff } from '../model/diff.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Reveal } from '../model/secret-reference.ts'
import type { Event } from '../model/status.ts'
import type { Target } from '../model/target.ts'
import { retryBackoffMs } from '../plan/backoff.ts'
import { contestMessage } from '../plan/contest.ts'
import { type Decision, decide, heldBy as heldFor } from '../plan/decide.ts'
import { diffTarget } from '../plan/diff.ts'
import { driftAgeMs } from '../plan/drift-age.ts'
import { explainDiff } from '../plan/explain.ts'
import { irreversibleIn } from '../plan/irreversible.ts'
import { damageOf, restoreOf, withoutKept } from '../plan/restore.ts'
import { missingSecret } from '../plan/seal.ts'
import { originOf } from './change-cause.ts'
import { ownedFor } from './desire.ts'
import { heldBy } from './hold.ts'
import { keptOf, restoring } from './kept.ts'
import type { Pass } from './reconcile.ts'
import { eventOf } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

export interface Decided {
  status: Status
  decision: Decision
  /** What a person should hear of on the way, in order. */
  events: Event[]
}

/** More facts than this in a row without an effect would be a circle. */
const MAX_STEPS = 8

export function decideFor(from: Status, pass: Pass, tools: Tools): Decided {
  const { wish, key } = pass
  const record = pass.seen.components[splitKey(key).component]
  let status = from
  const events: Event[] = []
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const active = activeTarget(status, pass)
    const { attempts } = status.lifecycle.context
    // It cannot be rendered now: what runs stays, and nothing of it is taken for surplus, gone or put back.
    if (wish?.kind === 'held' && active === undefined)
      return { status, events, decision: { kind: 'hold', ...heldBy(wish) } }
    const kept = keptOf(active, pass, tools)
    const { ignoring } = pass
    const options = { isKept: isKept(status), reveal: tools.reveal, kept: restoreOf(active, kept), ignoring }
    const diff = diffTarget(active, pass.seen, ownedFor(wish, record), options)
    const decided = decide({
      lifecycle: status.lifecycle,
      active,
      diff,
      record,
      policy: pass.policy,
      deployBlockers: () => tools.deployBlockers(key),
      isWell: tools.isWell,
      removalBlockers: () => tools.removalBlockers(key),
      standstill: () => tools.standstill(key),
      correctionBlocker: () => tools.correctionBlocker(key),
      isListed: wish !== undefined,
      kept,
      damage: active === undefined || kept === undefined ? undefined : damageOf(active, kept, tools.reveal),
      irreversible: irreversibleIn(pass.desired, active),
      retryAfterMs: () => retryBackoffMs(attempts, tools.clock.random()),
      nowMs: tools.clock.nowMs(),
    })
    const decision = asPlanned(
      whileAtStandstill(withSecrets(withCause(decided, status), pass, tools), key, tools),
      status,
      tools,
    )
    if (decision.kind !== 'tell') return { status, decision, events }
    const { fact } = decision
    status = told(status, fact, diff)
    if (isDrift(fact))
      tools.report.driftFound(pass.key, tools.isHinted(key) ? 'watch' : 'poll', driftAgeMs(diff, pass.seen))
    events.push(...eventsOf(status, fact, diff))
  }
  const message = 'the lifecycle does not come to rest; this is a bug'
  return { status, events, decision: { kind: 'hold', reason: 'Undecided', message } }
}

/** What was begun as planned is brought to its end, and taken back where it fails; nothing else is touched. */
function asPlanned(decision: Decision, { key, changing }: Status, { isPlanned }: Tools): Decision {
  if (decision.kind !== 'apply' && decision.kind !== 'remove') return decision
  if (changing || isPlanned(key, decision.diff)) return decision
  const message = `it is not in the plan, or differs in another way by now: ${explainDiff(decision.diff)}`
  return { kind: 'hold', reason: 'NotPlanned', message }
}

/** It is looked at and probed as ever, and nothing is done about what is found. */
function whileAtStandstill(decision: Decision, key: ComponentKey, tools: Tools): Decision {
  const isChange = decision.kind === 'apply' || decision.kind === 'rollBack' || decision.kind === 'remove'
  const isCorrection = decision.kind === 'apply' && decision.cause === 'drift'
  const blockerOf = isCorrection ? tools.correctionBlocker : tools.standstill
  const blocker = isChange ? blockerOf(key) : undefined
  return blocker === undefined ? decision : heldFor(blocker)
}

/** What needs a secret that cannot be had waits for it. */
function withSecrets(decision: Decision, pass: Pass, tools: Tools): Decision {
  const { reveal } = tools
  if (decision.kind === 'probe') return probeWithSecrets(decision.target, pass, reveal)
  if ((decision.kind !== 'apply' && decision.kind !== 'rollBack') || decision.target === undefined) return decision
  const message = missingSecret(sentOf(decision.target, pass, tools), reveal)
  if (message !== undefined) return { kind: 'hold', reason: 'SecretsNotReady', message }
  return decision
}

function withCause(decision: Decision, status: Status): Decision {
  return decision.kind === 'apply' && decision.cause === 'spec' ? { ...decision, cause: originOf(status) } : decision
}

/** What has to be sent: not what the host keeps, nor what only its probes need where it was proven before. */
function sentOf(target: Target, pass: Pass, tools: Tools): Target {
  const restore = restoring(target, pass, tools)
  const sent = withoutKept({ target, ...(restore === undefined ? {} : { restore }) }) ?? target
  return target.revision === pass.lastGood?.revision ? { ...sent, probes: [] } : sent
}

/** What was proven is not doubted because nobody can ask the probe; what is to be proven is not proven without it. */
function probeWithSecrets(target: Target, { lastGood }: Pass, reveal: Reveal): Decision {
  const message = missingSecret({ ...target, resources: [] }, reveal)
  if (message === undefined) return { kind: 'probe', target }
  if (target.revision !== lastGood?.revision) return { kind: 'hold', reason: 'SecretsNotReady', message }
  const probes = target.probes.filter(
    (probe) => missingSecret({ resources: [], probes: [probe] }, reveal) === undefined,
  )
  return { kind: 'probe', target: { ...target, probes } }
}

function told(status: Status, fact: Fact, diff: Diff): Status {
  const lifecycle = advance(status.lifecycle, fact)
  if (!isDrift(fact) && fact.type !== 'CONTESTED') return { ...status, lifecycle }
  return { ...status, lifecycle, lastDiff: { atMs: fact.nowMs, cause: 'drift', diff } }
}

const isDrift = ({ type }: Fact) => type === 'DRIFT_FOUND' || type === 'DRIFT_LEFT'

/** Told here and not with the state, which may be left again within the same pass. */
function eventsOf(status: Status, fact: Fact, diff: Diff): Event[] {
  const { nowMs } = fact
  if (isDrift(fact)) {
    const details = { changes: diff.changes.slice(0, CHANGES_KEPT) }
    const found = {
      type: 'Warning',
      reason: 'DriftFound',
      message: explainDiff(diff),
      cause: 'drift',
      details,
    } as const
    return [eventOf(status, nowMs, found)]
  }
  if (fact.type === 'CONTESTED') {
    const message = contestMessage(fact.fields, status.key)
    return [eventOf(status, nowMs, { type: 'Warning', reason: 'Contested', message, cause: 'drift' })]
  }
  if (fact.type === 'CHANCE_DUE')
    return [eventOf(status, nowMs, { type: 'Normal', reason: 'TriedAgain', message: fact.message })]
  if (fact.type !== 'CONTEST_OVER') return []
  const message = `${fact.fields.join(', ')}: right again; from now on changes of it are put back again`.slice(0, 1_000)
  return [eventOf(status, nowMs, { type: 'Normal', reason: 'ContestOver', message, cause: 'drift' })]
}

/** Of one event: enough to understand, and bounded. */
const CHANGES_KEPT = 50

/** What runs there was proven there, and is only kept as it is. */
function isKept({ lifecycle }: Status): boolean {
  const { desired, lastGood } = lifecycle.context
  return desired === lastGood || topState(lifecycle) === 'rolledBack'
}

export function activeTarget(status: Status, pass: Pass): Target | undefined {
  const { value } = status.lifecycle as { value: Record<string, string> }
  if (value.failed === 'rollingBack' || value.rolledBack !== undefined) return pass.lastGood
  return value.disabled === undefined ? pass.desired : undefined
}
