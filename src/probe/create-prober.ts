// The prober that the controller is given: every probe of a target at once, each with the check of its kind.
import type { Probe, ProbeResult } from '../model/probe.ts'
import { attempt } from './attempt.ts'
import { checkCommand } from './command.ts'
import { checkHttp } from './http.ts'
import type { ProbeContext, Prober } from './prober.ts'
import { checkPrometheusTargets } from './prometheus-targets.ts'
import { checkPromql } from './promql.ts'
import { checkSystemd } from './systemd.ts'
import { checkTcp } from './tcp.ts'

/**
 * Returns a prober whose results stand in the order of the probes. It keeps no state between rounds: thresholds and soak
 * belong to the lifecycle. When the host is out of reach it ends the whole round and throws the first `TransportError`.
 */
export function createProber(): Prober {
  return async (probes, context) => {
    const round = new AbortController()
    const signal = context.signal ? AbortSignal.any([context.signal, round.signal]) : round.signal
    let failure: { error: unknown } | undefined
    const results = await Promise.all(
      probes.map((probe) =>
        attemptOf(probe, { ...context, signal }).catch((error: unknown) => {
          failure ??= { error }
          round.abort()
        }),
      ),
    )
    if (failure !== undefined) throw failure.error
    return results as ProbeResult[]
  }
}

function attemptOf(probe: Probe, context: ProbeContext): Promise<ProbeResult> {
  switch (probe.kind) {
    case 'systemd':
      return attempt(probe, context, checkSystemd)
    case 'http':
      return attempt(probe, context, checkHttp)
    case 'tcp':
      return attempt(probe, context, checkTcp)
    case 'command':
      return attempt(probe, context, checkCommand)
    case 'promql':
      return attempt(probe, context, checkPromql)
    case 'prometheus-targets':
      return attempt(probe, context, checkPrometheusTargets)
  }
}
