// The dead-man of a change that is not proven yet: the host takes it back by itself unless we reach it over a connection of its own.
// An open connection proves nothing: it outlives a broken sshd and a closed firewall.
import { stateName, topState } from '../../machines/advance.ts'
import { splitKey } from '../model/key.ts'
import type { Operation } from '../model/operation.ts'
import { conditionsOf } from '../plan/conditions.ts'
import { fallbackOf } from '../plan/fallback.ts'
import { timingOf } from '../plan/timing.ts'
import { type Transport, TransportError } from '../transport/transport.ts'
import type { Pass, Requeue } from './reconcile.ts'
import { record } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'
import { authorOf } from './tracing.ts'

/** Beyond the time that verifying may take (DESIGN §7). */
const MARGIN_MS = 60_000

/** The operation with the way that the host goes back by itself, where it brings about what was never proven there, or takes away what was. */
export function withFallback(operation: Operation, status: Status, pass: Pass): Operation {
  const { context } = status.lifecycle
  const isKnown = context.lastGood === null || pass.lastGood !== undefined
  const isNew = operation.kind === 'apply' && operation.target?.revision !== context.lastGood
  // What is left of a change that was taken back is nobody's home any more.
  const isRemoval = operation.kind === 'remove' && topState(status.lifecycle) === 'disabled'
  if (!(isNew || isRemoval) || !isKnown || !timingOf(pass.policy, operation.target).autoRollback) return operation
  const known = pass.seen.components[operation.component]
  const verified = known?.verified?.generation
  const fallback = fallbackOf(operation, pass.lastGood, known?.owned ?? [])
  const isKept = verified !== undefined && known?.kept?.includes(verified) === true
  if (fallback === undefined) return operation
  return {
    ...operation,
    fallback: { ...fallback, ...(isKept ? { restore: { generation: verified, files: {} } } : {}) },
  }
}

/**
 * While a change is verified its host is given time, before half of that is over; in any other state it waits for nobody, and a
 * removal is over with that. Returns when to look again where it is, or where the host could not be reached anew: then nothing else is
 * done.
 */
export async function holdOff(status: Status, pass: Pass, tools: Tools): Promise<Requeue | undefined> {
  const { component } = splitKey(pass.key)
  const armed = pass.seen.components[component]?.armed
  if (armed === undefined || status.intent !== undefined) return undefined
  const isVerifying = stateName(status.lifecycle).startsWith('verifying.')
  const forMs = isVerifying ? pass.policy.verifyDeadlineMs + MARGIN_MS : 0
  if (isVerifying && armed.leftMs > forMs / 2) return undefined
  if (topState(status.lifecycle) === 'disabled') return letGo(armed.operationId, status, pass, tools)
  const held = { operationId: armed.operationId, forMs }
  return reachedAnew(status, pass, tools, async (transport) => {
    await tools.driver.holdOff(transport, component, held, { signal: tools.stopping })
    return undefined
  })
}

/**
 * What a removal has taken away is gone for good as soon as its host was reached without it. Returns when to look again: later where the
 * host is just bringing it back.
 */
export async function letGo(operationId: string, status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  const { component } = splitKey(pass.key)
  const held = { operationId, forMs: 0 }
  const later = await reachedAnew(status, pass, tools, async (transport) => {
    const isHeld = await tools.driver.holdOff(transport, component, held, { signal: tools.signal })
    return { wakeAtMs: tools.clock.nowMs() + (isHeld ? 0 : RETRY_MS) }
  })
  tools.observer.changed(pass.host.name)
  return later ?? {}
}

/** Asked again soon: the host does not wait for long. */
const RETRY_MS = 2_000

/** Does the work over a connection of its own. Returns when to try again where there is none: the open one may live on all the same. */
export async function reachedAnew(
  status: Status,
  { host, key, seen }: Pass,
  tools: Tools,
  work: (transport: Transport) => Promise<Requeue | undefined>,
): Promise<Requeue | undefined> {
  let transport: Transport | undefined
  try {
    transport = await tools.transportFor(host).fresh()
    return await work(transport)
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    const nowMs = tools.clock.nowMs()
    const leftMs = seen.components[splitKey(key).component]?.armed?.leftMs ?? 0
    const what = topState(status.lifecycle) === 'disabled' ? 'the removal' : `generation ${status.generation}`
    const silent = `no new connection: ${error.message} Unless there is one within ${Math.ceil(leftMs / 1000)} s, the host takes ${what} back by itself`
    const conditions = conditionsOf(status.conditions, {
      key,
      lifecycle: status.lifecycle,
      ...authorOf(status),
      silent,
      nowMs,
    })
    await record(status, { ...status, conditions }, [], tools)
    return { wakeAtMs: nowMs + RETRY_MS }
  } finally {
    await transport?.close()
  }
}
