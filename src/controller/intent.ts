// What became of an operation that was about to be sent, or was under way, when the controller last wrote. We look, we do not guess.
import { advance, type Lifecycle, topState } from '../../machines/advance.ts'
import type { Fact, Timing } from '../../machines/facts.ts'
import { isExcused as mayBeExcused } from '../../machines/guards.ts'
import type { HostObservation, OperationResult } from '../model/observation.ts'
import type { Event, Intent } from '../model/status.ts'
import { driftBackoffMs, retryBackoffMs } from '../plan/backoff.ts'
import { contestable } from '../plan/contest.ts'
import type { Clock } from './clock.ts'
import { withMade } from './generations.ts'
import { eventOf } from './record.ts'
import type { Status } from './statuses.ts'

export interface Settled {
  status: Status
  events: Event[]
  /** The operation still runs on the host; nothing else may be done for this key. */
  isRunning: boolean
}

/** Turns an outstanding intent into the fact that the host tells. Without an intent the status is returned as it is. */
export function settleIntent(status: Status, seen: HostObservation, by: { timing: Timing; clock: Clock }): Settled {
  const { intent } = status
  if (intent === undefined) return { status, events: [], isRunning: false }
  const fact = seen.operations[intent.operationId] ?? { state: 'unknown' }
  switch (fact.state) {
    case 'running':
      return { status, events: [], isRunning: true }
    case 'done':
      return { ...concluded(status, intent, fact.result, by), isRunning: false }
    case 'interrupted':
      // A rollback is resumed by planning it anew from what is there; an interruption is not its failure.
      if (intent.kind === 'rollback') return { status: without(status), events: [], isRunning: false }
      if (isExcused(status, intent, seen)) return { ...restarted(status, intent, by.clock), isRunning: false }
      return { ...concluded(status, intent, interrupted(intent, seen, fact.why), by), isRunning: false }
    case 'unknown':
      // It never started: nothing happened, nothing is counted.
      return { status: without(status), events: [], isRunning: false }
  }
}

/** Takes an operation's result into the status: the lifecycle hears of it, the intent is over. */
export function concluded(
  status: Status,
  intent: Intent,
  result: OperationResult,
  by: { timing: Timing; clock: Clock },
) {
  const nowMs = by.clock.nowMs()
  const done: Status = {
    ...without(status),
    lifecycle: tell(status.lifecycle, factOf(status, intent, result, by), nowMs),
    ...(result.outcome === 'succeeded' ? { generation: intent.generation, changedAtMs: result.finishedAtMs } : {}),
  }
  const made = result.outcome === 'succeeded' ? withMade(done, intent, nowMs) : done
  return { status: made, events: [operationEvent(made, intent, result, nowMs)] }
}

type Untimed = Fact extends infer F ? (F extends { nowMs: number } ? Omit<F, 'nowMs'> : never) : never

function tell(lifecycle: Lifecycle, fact: Untimed | undefined, nowMs: number): Lifecycle {
  return fact === undefined ? lifecycle : advance(lifecycle, { ...fact, nowMs } as Fact)
}

function factOf(
  status: Status,
  intent: Intent,
  result: OperationResult,
  by: { timing: Timing; clock: Clock },
): Untimed | undefined {
  // It was for a revision that is no longer asked for, or the host did not take it: the next diff sees what is there.
  if (!isCurrent(status, intent) || result.outcome === 'refused') return undefined
  const message = failureMessage(result)
  if (result.outcome === 'succeeded') {
    if (intent.kind === 'rollback') return { type: 'ROLLBACK_APPLIED' }
    return intent.kind === 'apply'
      ? { type: 'APPLIED', timing: by.timing, corrected: correctedBy(status, intent) }
      : undefined
  }
  if (intent.kind === 'rollback') return { type: 'ROLLBACK_FAILED', message }
  const retryAfterMs = retryAfter(status, by.clock)
  return {
    type: 'APPLY_FAILED',
    certain: result.certain,
    reason: 'ApplyFailed',
    message,
    timing: by.timing,
    retryAfterMs,
  }
}

/** The difference is stored with the intent. */
function correctedBy({ lastDiff }: Status, { cause }: Intent): string[] {
  return cause === 'drift' && lastDiff !== undefined ? contestable(lastDiff.diff) : []
}

/** What was taken back is only kept: its corrections have the backoff of corrections. */
function retryAfter({ lifecycle }: Status, clock: Clock): number {
  const { attempts, corrections } = lifecycle.context
  return topState(lifecycle) === 'rolledBack'
    ? driftBackoffMs(corrections + 1)
    : retryBackoffMs(attempts, clock.random())
}

/** A restart of the host ended it, which is no failure of what was applied. */
function isExcused({ lifecycle }: Status, { kind, bootId }: Intent, seen: HostObservation): boolean {
  return kind === 'apply' && bootId !== undefined && bootId !== seen.bootId && mayBeExcused(lifecycle.context)
}

function restarted(status: Status, intent: Intent, clock: Clock): { status: Status; events: Event[] } {
  const nowMs = clock.nowMs()
  const message = 'the host was restarted in the middle of the operation, which says nothing about the revision'
  const fact: Untimed = { type: 'INTERRUPTED', message, retryAfterMs: retryAfter(status, clock) }
  const lifecycle = isCurrent(status, intent) ? tell(status.lifecycle, fact, nowMs) : status.lifecycle
  const after = { ...without(status), lifecycle }
  const { cause, operationId } = intent
  const told = {
    type: 'Warning',
    reason: 'Interrupted',
    message: `${message}; it is tried again`,
    cause,
    operationId,
  } as const
  return { status: after, events: [eventOf(after, nowMs, told)] }
}

/** Whether what was done is still what is asked for. */
function isCurrent({ lifecycle }: Status, intent: Intent): boolean {
  const top = topState(lifecycle)
  if (intent.kind === 'apply') return intent.revision === lifecycle.context.desired || top === 'rolledBack'
  return intent.kind === 'rollback' || top === 'disabled' || top === 'rolledBack'
}

/** `start prometheus.service failed with exit 1: <output>`, for people. Of a long output its beginning and its end: the reason is last. */
export function failureMessage(result: OperationResult): string {
  const exit = result.exitCode === undefined ? '' : ` with exit ${result.exitCode}`
  const said = result.output.trim()
  const shown =
    said.length <= OUTPUT_SHOWN
      ? said
      : `${said.slice(0, OUTPUT_BEGINNING)} … ${said.slice(OUTPUT_BEGINNING - OUTPUT_SHOWN)}`
  return `${result.step ?? 'the operation'} failed${exit}${said === '' ? '' : `: ${shown}`}`.slice(0, MESSAGE_LIMIT)
}

const MESSAGE_LIMIT = 1_000
const OUTPUT_SHOWN = 850
const OUTPUT_BEGINNING = 150

function operationEvent(status: Status, intent: Intent, result: OperationResult, nowMs: number): Event {
  const succeeded = result.outcome === 'succeeded'
  // Its record alone is nothing that counts among what was removed lately.
  const isRecord = status.lastDiff?.diff.changes.length === 0
  const words = {
    apply: ['Applied', 'ApplyFailed'],
    rollback: ['RollbackApplied', 'RollbackFailed'],
    remove: [isRecord ? 'Forgotten' : 'Removed', 'RemoveFailed'],
  }
  const [done = '', bad = ''] = words[intent.kind]
  const good = intent.kind === 'apply' && intent.cause === 'drift' ? 'DriftCorrected' : done
  const took = `${((result.finishedAtMs - result.startedAtMs) / 1000).toFixed(1)} s`
  return eventOf(status, nowMs, {
    type: succeeded ? 'Normal' : 'Warning',
    reason: succeeded ? good : result.outcome === 'refused' ? 'Refused' : bad,
    message: succeeded ? `generation ${intent.generation} in ${took}` : failureMessage(result),
    cause: intent.cause,
    operationId: intent.operationId,
    ...(intent.revision === undefined ? {} : { revision: intent.revision }),
    details: {
      generation: intent.generation,
      kind: intent.kind,
      ...(succeeded ? {} : { output: result.output, step: result.step }),
    },
  })
}

function interrupted(intent: Intent, seen: HostObservation, why = INTERRUPTED): OperationResult {
  return {
    operationId: intent.operationId,
    outcome: 'failed',
    step: 'the operation',
    output: why,
    certain: false,
    startedAtMs: seen.hostTimeMs,
    finishedAtMs: seen.hostTimeMs,
  }
}

const INTERRUPTED = 'it was interrupted on the host: killed, or the host was restarted'

function without(status: Status): Status {
  const { intent: _, ...rest } = status
  return rest
}
