// Does the one thing that was decided: the only place that can touch a host. The intent is in the store before anything is sent.
import { advance } from '../../machines/advance.ts'
import { splitKey } from '../model/key.ts'
import { APPLY_TIMEOUT_MS, type Cause, type Operation } from '../model/operation.ts'
import type { Intent } from '../model/status.ts'
import { conditionsOf } from '../plan/conditions.ts'
import type { Decision } from '../plan/decide.ts'
import { timingOf } from '../plan/timing.ts'
import { TransportError } from '../transport/transport.ts'
import { whoTakesBack } from './change-cause.ts'
import { confirm } from './confirm.ts'
import { mendRecord } from './damaged-record.ts'
import { holdOff, letGo, withFallback } from './dead-man.ts'
import { keeping } from './ignoring.ts'
import { concluded } from './intent.ts'
import { inspect, restoring } from './kept.ts'
import { operationId } from './operation-id.ts'
import { probe } from './probing.ts'
import type { Pass, Requeue } from './reconcile.ts'
import { record } from './record.ts'
import { askForSignsOfLife } from './sign-of-life.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'
import { authorOf, traceOf } from './tracing.ts'

/** Carries a decision out and saves what came of it. */
export async function perform(decision: Decision, status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  const later = CHANGES_NOTHING.has(decision.kind) ? await holdOff(status, pass, tools) : undefined
  if (later !== undefined) return later
  switch (decision.kind) {
    case 'hold':
      if (decision.mend) return alone(status, pass, tools, () => mendRecord(status, pass, tools))
      return decision.wakeAtMs === undefined ? {} : { wakeAtMs: decision.wakeAtMs }
    case 'settle':
      return decision.wakeAtMs === undefined ? {} : { wakeAtMs: decision.wakeAtMs }
    case 'probe':
      return probe(decision.target, status, pass, tools)
    case 'inspect':
      return inspect(decision.target, pass, tools)
    case 'confirm':
      return confirm(decision.generation, status, pass, tools)
    case 'apply':
      return change(
        { kind: 'apply', target: decision.target, diff: decision.diff, cause: decision.cause },
        status,
        pass,
        tools,
      )
    case 'rollBack':
      return change(
        { kind: 'rollback', target: decision.target, diff: decision.diff, cause: whoTakesBack(status) },
        status,
        pass,
        tools,
      )
    case 'remove':
      return change({ ...decision, target: undefined }, status, pass, tools)
    case 'tell':
    case 'forget':
      return {}
  }
}

/** What changes the component, or confirms it, has the last word by itself about what its host is waiting for. */
const CHANGES_NOTHING: ReadonlySet<Decision['kind']> = new Set(['hold', 'settle', 'probe'])

type Plan = Pick<Operation, 'kind' | 'target' | 'diff'> & { cause: Cause }

function change(plan: Plan, status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  return alone(status, pass, tools, () => operate(plan, status, pass, tools))
}

/** Does the work while nothing else of ours changes the host, and only on what was seen since the last that did. */
async function alone(status: Status, pass: Pass, tools: Tools, work: () => Promise<Requeue>): Promise<Requeue> {
  const { host, key } = pass
  if (tools.stopping.aborted) return {}
  const release = tools.hostLock.tryAcquire(host.name, key, () => tools.again(key))
  if (release === undefined) return waitForHost(status, pass, tools)
  try {
    // An operation whose connection was lost may still run there: its own key finds out, this one looks again soon.
    if (isOperatedForAnother(pass, tools))
      return { ...(await waitForHost(status, pass, tools)), wakeAtMs: tools.clock.nowMs() + BUSY_POLL_MS }

    // Another change of this host ended between our look and now: look again before touching anything.
    if (!tools.observer.isCurrent(host.name, pass.seen)) return { wakeAtMs: tools.clock.nowMs() }
    return await work()
  } finally {
    release()
  }
}

const BUSY_POLL_MS = 1_000

function isOperatedForAnother({ key, host }: Pass, tools: Tools): boolean {
  return tools.statuses.onHost(host.name).some((other) => other.key !== key && other.intent !== undefined)
}

async function waitForHost(status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  const message = `another change of ${pass.host.name} is under way`
  const lifecycle = advance(status.lifecycle, {
    type: 'BLOCKED',
    reason: 'HostBusy',
    message,
    nowMs: tools.clock.nowMs(),
  })
  await record(status, { ...status, lifecycle }, [], tools)
  return {}
}

async function operate(plan: Plan, status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  const { clock, observer, driver } = tools
  const { host, desired } = pass
  const release = isNewRevision(plan, status) ? tools.takeTurn(pass.key) : () => undefined
  if (release === undefined) return { wakeAtMs: clock.nowMs() }
  const operation = withFallback(operationOf(plan, status, pass, tools), status, pass)
  const started = await saveIntent(operation, plan.cause, status, pass, tools).finally(release)
  observer.changed(host.name)
  const transport = tools.transportFor(host)
  const end = askForSignsOfLife(transport, tools, (message) => recordSilence(started, message, tools))
  try {
    const result = await driver.operate(transport, operation, { signal: tools.signal }).finally(end)
    const by = { timing: timingOf(pass.policy, desired), clock }
    const { status: after, events } = concluded(started, started.intent, result, by)
    tools.baselines.delete(pass.key)
    // What the host keeps may not be what it was a moment ago.
    if (result.outcome !== 'succeeded') tools.kept.delete(pass.key)
    tools.report.operation(plan.kind, plan.cause, result.outcome)
    if (plan.cause === 'drift' && result.outcome === 'succeeded') tools.report.driftCorrected(pass.key)
    await record(started, after, events, tools)
    // Before anything else changes the host, which might cut it off, and both would be taken back.
    if (operation.kind === 'remove' && operation.fallback !== undefined && result.outcome === 'succeeded')
      return await letGo(operation.id, tools.statuses.get(pass.key), pass, tools)
    return { wakeAtMs: clock.nowMs() + (result.outcome === 'refused' ? REFUSED_PAUSE_MS : 0) }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    tools.report.operation(plan.kind, plan.cause, 'unknown')
    // Sent or not, the intent stays: the next observation tells whether the host ever heard of it.
    return { wakeAtMs: observer.failed(host, error).retryAtMs }
  } finally {
    observer.changed(host.name)
  }
}

/** Corrections and rollbacks bring about what was proven on this host, and wait for no other. */
function isNewRevision({ kind, target }: Pick<Plan, 'kind' | 'target'>, { lifecycle }: Status): boolean {
  return kind === 'apply' && target?.revision !== lifecycle.context.lastGood
}

/** The operation goes on, and the host does not answer: nobody knows how it is. */
async function recordSilence(started: Status, message: string, tools: Tools): Promise<void> {
  const { key, lifecycle } = started
  const { conditions } = tools.statuses.get(key)
  const observed = { key, lifecycle, ...authorOf(started), silent: message, nowMs: tools.clock.nowMs() }
  await record(started, { ...started, conditions: conditionsOf(conditions, observed) }, [], tools)
}

function operationOf(plan: Plan, status: Status, pass: Pass, tools: Tools): Operation {
  const { component } = splitKey(pass.key)
  const known = pass.seen.components[component]
  const fence = Math.max(tools.hostRow(pass.host.name).fence, pass.seen.fence) + 1
  const isSame = plan.target !== undefined && known?.revision === plan.target.revision
  const restore = restoring(plan.target, pass, tools)
  const rejected = plan.kind === 'rollback' ? status.lifecycle.context.desired : null
  return {
    id: operationId(component, fence, tools.clock.nowMs()),
    kind: plan.kind,
    cause: plan.cause,
    component,
    host: pass.host.name,
    fence,
    observedFence: pass.seen.fence,
    generation: isSame ? known.generation : Math.max(known?.generation ?? 0, status.generation) + 1,
    target: plan.target,
    diff: plan.diff,
    ...(restore === undefined ? {} : { restore }),
    ...keeping(plan.target, pass, tools),
    ...(rejected === null ? {} : { reject: rejected }),
    timeoutMs: APPLY_TIMEOUT_MS,
  }
}

/** Somebody else changes this host: it is left alone for a while, then looked at again. */
const REFUSED_PAUSE_MS = 5_000

/** An operation raises the host's token once more when it ends, so that a look in the middle of it is out of date. */
const TOKENS_AFTER = 1

async function saveIntent(
  operation: Operation,
  cause: Cause,
  status: Status,
  pass: Pass,
  tools: Tools,
): Promise<Status & { intent: Intent }> {
  const nowMs = tools.clock.nowMs()
  const { id: operationId, kind, generation, fence, diff } = operation
  const revision = operation.target?.revision
  const intent: Intent = {
    operationId,
    kind,
    cause,
    generation,
    fence,
    startedAtMs: nowMs,
    bootId: pass.seen.bootId,
    ...(revision === undefined ? {} : { revision }),
  }
  const lifecycle = advance(status.lifecycle, { type: 'APPLY_STARTED', nowMs })
  const changing = isNewRevision(operation, status) ? { changing: true as const } : {}
  const started = {
    ...status,
    lifecycle,
    intent,
    ...changing,
    lastDiff: { ...traceOf(status, cause), atMs: nowMs, cause, diff },
  }
  const row = tools.rememberFence(pass.host.name, fence + TOKENS_AFTER)
  return { ...(await record(status, started, [], tools, { target: operation.target, host: row })), intent }
}
