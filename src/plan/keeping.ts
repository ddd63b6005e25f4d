// What is done about a component that runs what it should run: it was proven, or what was proven before was brought back.
import { isCalm } from '../../machines/guards.ts'
import type { Diff } from '../model/diff.ts'
import { driftBackoffMs } from './backoff.ts'
import { decideChance } from './chance.ts'
import { contestNews, type Parts, withoutContested } from './contest.ts'
import type { Decision, Situation } from './decide.ts'
import { explainDiff } from './explain.ts'
import { hasSecrets } from './seal.ts'
import { notYetDue } from './waiting.ts'

const NOTHING: Diff = { changes: [] }
export const isEmpty = (diff: Diff) => diff.changes.length === 0

/** Of what differs, what is put right and what is left: all of it where the policy only tells. */
export function keptParts({ lifecycle, active, policy }: Situation, diff: Diff): Parts {
  if (policy.drift !== 'correct') return { put: NOTHING, left: diff }
  return active === undefined
    ? { put: diff, left: NOTHING }
    : withoutContested(diff, active, lifecycle.context.contested)
}

export function decideHealthy(at: Situation, isDrifted: boolean): Decision {
  const { active, nowMs } = at
  if (active === undefined) return { kind: 'hold', reason: 'NoTarget', message: 'there is nothing to keep' }
  const news = contestNews(at.lifecycle.context, at.diff, nowMs)
  if (news !== undefined) return { kind: 'tell', fact: news }
  const drift = decideDrift(at, isDrifted)
  if (drift !== undefined) return drift
  if (isCalm(at.lifecycle.context, nowMs)) return { kind: 'tell', fact: { type: 'CALM', nowMs } }
  return confirmation(at) ?? { kind: 'probe', target: active }
}

/** The host's own record does not say yet that what runs was proven. */
function confirmation({ active, record }: Situation): Decision | undefined {
  if (active === undefined || record === undefined) return undefined
  const { generation, verified, armed } = record
  // Another revision may be the same on the host, and only asked otherwise whether it works: then nothing was applied, and this is it.
  // Of an earlier generation that was the same it says nothing while the host waits to hear of this one.
  const isSaid = verified?.generation === generation || (verified?.revision === active.revision && armed === undefined)
  return isSaid ? undefined : { kind: 'confirm', generation }
}

/** Undefined where there is nothing to be done about a difference now. */
function decideDrift(at: Situation, isDrifted: boolean): Decision | undefined {
  const { lifecycle, nowMs } = at
  const { dueAtMs, corrections } = lifecycle.context
  const { put, left } = keptParts(at, at.diff)
  if (isEmpty(put)) return driftLeft(at, left, isDrifted)
  if (dueAtMs === null) {
    const correctAfterMs = driftBackoffMs(corrections)
    return { kind: 'tell', fact: { type: 'DRIFT_FOUND', message: explainDiff(put), correctAfterMs, nowMs } }
  }
  if (nowMs < dueAtMs || at.correctionBlocker() !== undefined) return undefined
  return { kind: 'tell', fact: { type: 'CORRECTION_DUE', nowMs } }
}

/** Nothing is to be put right: what is only told is told once, and what is over is over. */
function driftLeft({ lifecycle, policy, nowMs }: Situation, left: Diff, isDrifted: boolean): Decision | undefined {
  const { context } = lifecycle
  if (policy.drift === 'warn' && !isEmpty(left)) {
    const message = `drift.mode is warn: ${explainDiff(left)}`
    const isKnown = context.drift === message && context.dueAtMs === null
    return isKnown ? undefined : { kind: 'tell', fact: { type: 'DRIFT_LEFT', message, nowMs } }
  }
  const isOver = context.dueAtMs !== null || context.drift !== '' || (isDrifted && context.contested.length === 0)
  return isOver ? { kind: 'tell', fact: { type: 'IN_SYNC', nowMs } } : undefined
}

export function decideRolledBack(at: Situation, isDrifted: boolean): Decision {
  const { active, nowMs, lifecycle } = at
  if (isLost(at)) return { kind: 'hold', reason: 'NoTarget', message: LOST }
  // What its secrets were then only the host knows.
  if (active !== undefined && at.kept === undefined && hasSecrets(active)) return { kind: 'inspect', target: active }
  const news = contestNews(lifecycle.context, at.diff, nowMs)
  if (news !== undefined) return { kind: 'tell', fact: news }
  const { put, left } = keptParts(at, at.diff)
  if (isEmpty(put)) {
    // What a person has brought back was proven anew: a lost store has to find that, and not what was proven before it.
    const unconfirmed = isDrifted ? undefined : confirmation(at)
    if (unconfirmed !== undefined) return unconfirmed
    const news = driftLeft(at, left, isDrifted)
    if (news !== undefined) return news
    if (isCalm(at.lifecycle.context, nowMs)) return { kind: 'tell', fact: { type: 'CALM', nowMs } }
    return decideChance(at) ?? { kind: 'settle' }
  }
  if (!isDrifted) {
    const correctAfterMs = driftBackoffMs(lifecycle.context.corrections)
    return { kind: 'tell', fact: { type: 'DRIFT_FOUND', message: explainDiff(put), correctAfterMs, nowMs } }
  }
  return (
    notYetDue(at) ??
    (active === undefined
      ? { kind: 'remove', diff: put, cause: 'drift' }
      : { kind: 'apply', target: active, diff: put, left, cause: 'drift' })
  )
}

/** Something was proven here, and what it was is not known any more: that is no reason to remove everything. */
export function isLost({ lifecycle, active }: Situation): boolean {
  return active === undefined && lifecycle.context.lastGood !== null
}

export const LOST = 'what was proven last is no longer in the store, so there is nothing to go back to'
