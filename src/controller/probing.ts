// One round of probes, and when the next one is due.
import { advance, stateName, topState } from '../../machines/advance.ts'
import type { ProbeResult } from '../model/probe.ts'
import type { Target } from '../model/target.ts'
import { retryBackoffMs } from '../plan/backoff.ts'
import { lackedBy } from '../plan/chance.ts'
import { conditionsOf } from '../plan/conditions.ts'
import { retryDelayMs } from '../plan/decide.ts'
import { probesOf } from '../plan/ignore.ts'
import { timingOf } from '../plan/timing.ts'
import { judge } from '../probe/health.ts'
import { TransportError } from '../transport/transport.ts'
import { holdOf } from './hold.ts'
import type { Pass, Requeue } from './reconcile.ts'
import { record } from './record.ts'
import type { Status } from './statuses.ts'
import type { Tools } from './tools.ts'
import { authorOf } from './tracing.ts'

/** DESIGN §7. */
const PROBE_INTERVAL_MS = 5_000
/** While a component comes up, so that health is seen soon after it is there. */
const EAGER_INTERVAL_MS = 500
/** After that, the share of the time since it was applied that may pass before its health is seen. */
const EAGER_SHARE = 0.05

/** Probes the target once and tells the lifecycle. */
export async function probe(target: Target, status: Status, pass: Pass, tools: Tools): Promise<Requeue> {
  let results: ProbeResult[]
  try {
    results = await tools.prober(probesOf(target, pass.policy.ignore), contextOf(target, status, pass, tools))
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return { wakeAtMs: tools.observer.failed(pass.host, error).retryAtMs }
  }
  const nowMs = tools.clock.nowMs()
  const verdict = judge(results)
  const timing = timingOf(pass.policy, target)
  const backoffMs = retryBackoffMs(status.lifecycle.context.attempts, tools.clock.random())
  const retryAfterMs = retryDelayMs(target, backoffMs)
  const { certain, message } = verdict
  const lacks = lackedBy(target.probes, results, (key) => key !== pass.key && tools.isWell(key))
  const lifecycle = advance(
    status.lifecycle,
    verdict.passed
      ? { type: 'PROBES_PASSED', timing, nowMs }
      : { type: 'PROBES_FAILED', certain, message, timing, retryAfterMs, lacks, nowMs },
  )
  const hold = holdOf({ kind: 'probe', target }, { ...status, lifecycle }, pass.wish, tools)
  const lastProbes = sameOutcome(status.lastProbes, results) ? status.lastProbes : results
  const conditions = conditionsOf(status.conditions, {
    key: pass.key,
    lifecycle,
    nowMs,
    ...authorOf(status),
    ...(hold === undefined ? {} : { hold }),
  })
  const after: Status = { ...status, lifecycle, lastProbes, conditions }
  await record(status, after, [], tools)
  // The host's own record is to say so too, of what was seen here.
  if (isProvenNow(status, after)) return { sinceMs: pass.seen.startedAtMs }
  return nextRound(after, verdict.passed, timing.minHealthyMs, {
    nowMs,
    isStill: tools.correctionBlocker(pass.key) !== undefined,
  })
}

function contextOf(target: Target, status: Status, pass: Pass, tools: Tools) {
  const baseline = tools.baselines.get(pass.key)
  // Each round is compared with the one before: one automatic restart costs one round, a crash loop every one.
  const names = target.resources.flatMap((resource) => (resource.kind === 'unit' ? [resource.name] : []))
  const units = names.flatMap((name) =>
    pass.seen.units[name] === undefined ? [] : [[name, pass.seen.units[name]] as const],
  )
  tools.baselines.set(pass.key, Object.fromEntries(units))
  return {
    host: pass.host.name,
    transport: tools.transportFor(pass.host),
    observation: pass.seen,
    changedAtMs: status.changedAtMs ?? 0,
    ...(baseline === undefined ? {} : { baseline }),
    signal: tools.stopping,
  }
}

/** Texts of passing probes differ from round to round; only a changed outcome is worth a write. */
function sameOutcome(before: ProbeResult[], now: ProbeResult[]): boolean {
  return (
    before.length === now.length &&
    now.every((result, i) => before[i]?.name === result.name && before[i]?.passed === result.passed)
  )
}

/** It became healthy, or was brought back, with this round. */
function isProvenNow(before: Status, after: Status): boolean {
  const [from, to] = [topState(before.lifecycle), topState(after.lifecycle)]
  return from !== to && (to === 'healthy' || to === 'rolledBack')
}

/** `isStill`: what is due is not done now, and whoever ends that asks for a pass. */
function nextRound(
  status: Status,
  passed: boolean,
  minHealthyMs: number,
  { nowMs, isStill }: { nowMs: number; isStill: boolean },
): Requeue {
  const { context } = status.lifecycle
  const state = stateName(status.lifecycle)
  const isProving = state.startsWith('verifying.') || state === 'failed.rollingBack'
  if (isProving && passed) {
    return { wakeAtMs: Math.min(nowMs + PROBE_INTERVAL_MS, (context.healthySinceMs ?? nowMs) + minHealthyMs) }
  }
  if (isProving) {
    const sinceMs = nowMs - (context.verifyingSinceMs ?? nowMs)
    const intervalMs = Math.min(Math.max(EAGER_INTERVAL_MS, sinceMs * EAGER_SHARE), PROBE_INTERVAL_MS)
    return { wakeAtMs: nowMs + Math.round(intervalMs) }
  }
  // Failing or recovering: look again soon.
  const isQuiet = state.startsWith('healthy.') && passed && context.probeFailures === 0 && state !== 'healthy.degraded'
  const wakeAtMs = isQuiet ? [] : [nowMs + PROBE_INTERVAL_MS]
  const times = [...wakeAtMs, ...(context.dueAtMs === null || isStill ? [] : [context.dueAtMs])]
  return times.length === 0 ? {} : { wakeAtMs: Math.min(...times) }
}
