// A prober that puts secrets into the headers of HTTP probes: on their way through the connection, and nowhere else.
import type { HttpProbe, Probe, ProbeResult } from '../model/probe.ts'
import { type Reveal, refersToSecret } from '../model/secret-reference.ts'
import type { Prober } from './prober.ts'

/** A probe whose secret cannot be had does not pass, and is not asked. */
export function proberWithSecrets(prober: Prober, reveal: Reveal): Prober {
  return async (probes, context) => {
    const ready = probes.map((probe) => (isWithSecret(probe) ? revealHeaders(probe, reveal) : probe))
    const results = await prober(
      ready.filter((it) => 'kind' in it),
      context,
    )
    return ready.map((it) => ('kind' in it ? (results.shift() as ProbeResult) : it))
  }
}

function isWithSecret(probe: Probe): probe is HttpProbe {
  return probe.kind === 'http' && Object.values(probe.headers ?? {}).some(refersToSecret)
}

function revealHeaders(probe: HttpProbe, reveal: Reveal): HttpProbe | ProbeResult {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(probe.headers ?? {})) {
    const revealed = reveal(value)
    if ('problem' in revealed) return { name: probe.name, passed: false, certain: false, message: revealed.problem }
    headers[name] = revealed.text
  }
  return { ...probe, headers }
}
