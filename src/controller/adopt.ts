// A store that was lost or damaged is rebuilt from what the hosts themselves remember, never by deploying everything again.
import { advance, type Lifecycle, topState } from '../../machines/advance.ts'
import { REJECTED_LIMIT, ROLLED_BACK_BY_HOST } from '../../machines/lifecycle-context.ts'
import type { Recalled } from '../driver/driver.ts'
import type { HostSpec } from '../model/host.ts'
import { splitKey } from '../model/key.ts'
import type { ComponentRecord, HostObservation } from '../model/observation.ts'
import type { Target } from '../model/target.ts'
import { TransportError } from '../transport/transport.ts'
import { recalled } from './generations.ts'
import { eventOf } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'

/**
 * Takes over what the host says of a key where it is ahead of the store: its generation, what was proven and what was
 * rejected there. Returns false where there is nothing to take over. Throws `HostUnavailable`.
 */
export async function adopt(status: Status, host: HostSpec, seen: HostObservation, tools: Tools): Promise<boolean> {
  const { component } = splitKey(status.key)
  const record = seen.components[component]
  if (record === undefined || status.intent !== undefined || record.generation <= status.generation) return false
  const kept = await recall(component, host, tools)
  await save(status, record, kept, tools)
  return true
}

async function recall(component: string, host: HostSpec, tools: Tools) {
  try {
    return await tools.driver.recall(tools.transportFor(host), component, { signal: tools.stopping })
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    throw tools.observer.failed(host, error)
  }
}

async function save(status: Status, record: ComponentRecord, kept: Recalled[], tools: Tools): Promise<void> {
  const targets = kept.map(({ target }) => target)
  const proven = targets.find(({ revision }) => revision === record.verified?.revision)
  const nowMs = tools.clock.nowMs()
  const context = {
    ...status.lifecycle.context,
    lastGood: record.verified?.revision ?? stillProven(status, record),
    rejected: rejectedBy(status, record),
  }
  const lifecycle = { ...status.lifecycle, context }
  const adopted: Status = {
    ...status,
    lifecycle:
      isNewlyRejected(status, record) || isRemovalTakenBack(status, record)
        ? takenUp({ ...status, lifecycle }, record, nowMs)
        : isProvenSince(status, record)
          ? notAskedFor(lifecycle)
          : lifecycle,
    generation: record.generation,
    ...(kept.length === 0 ? {} : { generations: recalled(kept, record) }),
    ...(isUnproven(record) ? { changing: true } : {}),
  }
  const type = status.generation === 0 ? 'Normal' : 'Warning'
  const message = record.reverted === undefined ? remembered(status, record, proven) : revertedByHost(status, record)
  const reason = record.reverted === undefined ? 'Adopted' : ROLLED_BACK_BY_HOST
  const event = eventOf(adopted, nowMs, { type, reason, message, revision: record.revision })
  await tools.statuses.save(adopted, nowMs, { events: [event], targets })
}

/**
 * Kept even where the target itself is gone: that something was proven forbids to go back to nothing. But what the host took back
 * before it heard of the proof is not to be gone back to.
 */
function stillProven(status: Status, record: ComponentRecord): string | null {
  const { lastGood, desired } = status.lifecycle.context
  const isTakenBack = record.reverted !== undefined && isNewlyRejected(status, record)
  return isTakenBack && lastGood === desired ? null : lastGood
}

/** What was taken back once, tried once more and then proven is rejected no more. */
function rejectedBy({ lifecycle }: Status, { rejected, verified }: ComponentRecord): string[] {
  const all = new Set([...lifecycle.context.rejected, ...rejected])
  return [...all].filter((revision) => revision !== verified?.revision).slice(-REJECTED_LIMIT)
}

/** An older store knows it as taken back, or was about to. */
function isProvenSince({ lifecycle }: Status, { verified }: ComponentRecord): boolean {
  const { desired, rejected } = lifecycle.context
  if (desired === null || desired !== verified?.revision) return false
  return rejected.includes(desired) || topState(lifecycle) === 'failed'
}

function remembered(status: Status, record: ComponentRecord, proven: Target | undefined): string {
  return `the host remembers generation ${record.generation}${provenance(record, proven)}; nothing is deployed for that alone${whose(status)}`
}

function revertedByHost(status: Status, record: ComponentRecord): string {
  const what = isRemovalTakenBack(status, record) ? 'the removal' : `generation ${record.reverted}`
  return `nobody confirmed ${what} over a new connection in time, so the host took it back by itself; generation ${record.generation} is what ran before`
}

/** Of what was brought about the status remembers each generation; a removal makes none. */
function isRemovalTakenBack(
  { lifecycle, generation, generations = [] }: Status,
  { reverted }: ComponentRecord,
): boolean {
  if (topState(lifecycle) !== 'disabled' || reverted !== generation) return false
  return !generations.some(({ number }) => number === reverted)
}

/** The host was not there when the revision was asked for, so nobody could know. */
function isNewlyRejected({ lifecycle }: Status, record: ComponentRecord): boolean {
  const { desired, rejected } = lifecycle.context
  return desired !== null && record.rejected.includes(desired) && !rejected.includes(desired)
}

/** Somebody was in the middle of a change of it. */
function isUnproven({ revision, verified, rejected, owned }: ComponentRecord): boolean {
  return owned.length > 0 && revision !== verified?.revision && !rejected.includes(revision)
}

function takenUp(status: Status, record: ComponentRecord, nowMs: number): Lifecycle {
  if (record.reverted === undefined) return notAskedFor(status.lifecycle)
  return advance(status.lifecycle, { type: 'TAKEN_BACK', message: revertedByHost(status, record), nowMs })
}

/** The revision is asked for once more, and then found to be quarantined. */
function notAskedFor({ context, ...lifecycle }: Lifecycle): Lifecycle {
  return { ...lifecycle, value: { disabled: 'absent' }, context: { ...context, desired: null } }
}

function provenance({ verified }: ComponentRecord, proven: Target | undefined): string {
  if (verified === undefined) return ', not proven'
  return proven === undefined
    ? `; of generation ${verified.generation}, proven last, it kept no target to go back to`
    : ', proven'
}

/** Two controllers that want different things would go on for ever: a person has to hear of the other one. */
function whose({ generation }: Status): string {
  if (generation === 0) return ''
  return `. This controller knew generation ${generation}: another one works on this host too (its last operation is told in /var/lib/homeostat/fence there), or the store was put back to an older one`
}
