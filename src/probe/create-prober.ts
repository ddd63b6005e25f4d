// The prober that the controller is given: every probe of a target at once, each with the check of its kind.
import type { CommandProbe, Probe } from '../model/probe.ts'
import { TransportError } from '../transport/transport.ts'
import { askedOnce } from './asked-once.ts'
import { type Attempt, attempt } from './attempt.ts'
import { checkCommand } from './command.ts'
import { checkDns } from './dns.ts'
import { checkHttp } from './http.ts'
import type { exchange } from './http-exchange.ts'
import { checkLogRoundTrip } from './log-round-trip.ts'
import type { ProbeContext, Prober } from './prober.ts'
import { checkPrometheusRules } from './prometheus-rules.ts'
import { checkPrometheusTargets } from './prometheus-targets.ts'
import { checkPromql } from './promql.ts'
import { checkSystemd } from './systemd.ts'
import { checkTcp } from './tcp.ts'

const reachableTimeoutMs = 5_000

/**
 * Returns a prober whose results stand in the order of the probes. It keeps no state between rounds: thresholds and soak
 * belong to the lifecycle. When the host is out of reach it ends the whole round and throws the first `TransportError`; a
 * round with a probe that timed out asks the host for a sign of life first (5 s more at most).
 */
export function createProber(): Prober {
  return async (probes, context) => {
    const attempts = await allAtOnce(probes, context)
    if (attempts.some((attempt) => attempt.timedOut)) await confirmReachable(context)
    return attempts.map((attempt) => attempt.result)
  }
}

async function allAtOnce(probes: Probe[], context: ProbeContext): Promise<Attempt[]> {
  const round = new AbortController()
  const signal = context.signal ? AbortSignal.any([context.signal, round.signal]) : round.signal
  let failure: { error: unknown } | undefined
  const endRound = (error: unknown): undefined => {
    failure ??= { error }
    round.abort()
  }
  const ask = askedOnce()
  const tried = (probe: Probe) => attemptAt(probe, { ...context, signal }, ask).catch(endRound)
  const attempts = await Promise.all(probes.map(tried))
  if (failure !== undefined) throw failure.error
  return attempts.filter((attempt) => attempt !== undefined)
}

// A host that went silent looks like a service that hangs, until the connection's keepalive gives up much later.
async function confirmReachable(context: ProbeContext): Promise<void> {
  const probe: CommandProbe = { kind: 'command', name: 'sign of life', argv: ['true'], timeoutMs: reachableTimeoutMs }
  const { timedOut } = await attempt(probe, context, checkCommand)
  if (!timedOut) return
  const message = `${context.host} gave no sign of life within ${reachableTimeoutMs} ms after a probe had timed out; the round does not count`
  throw new TransportError('unreachable', context.host, message, { sent: true })
}

function attemptAt(probe: Probe, context: ProbeContext, ask: typeof exchange): Promise<Attempt> {
  switch (probe.kind) {
    case 'systemd':
      return attempt(probe, context, checkSystemd)
    case 'http':
      return attempt(probe, context, (it, within) => checkHttp(it, within, ask))
    case 'tcp':
      return attempt(probe, context, checkTcp)
    case 'dns':
      return attempt(probe, context, checkDns)
    case 'command':
      return attempt(probe, context, checkCommand)
    case 'promql':
      return attempt(probe, context, checkPromql)
    case 'prometheus-targets':
      return attempt(probe, context, checkPrometheusTargets)
    case 'prometheus-rules':
      return attempt(probe, context, checkPrometheusRules)
    case 'log-round-trip':
      return attempt(probe, context, checkLogRoundTrip)
  }
}
