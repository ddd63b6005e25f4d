// Runs the probes of a target, one attempt each.
import type { HostObservation, UnitFact } from '../model/observation.ts'
import type { Probe, ProbeResult } from '../model/probe.ts'
import type { Transport } from '../transport/transport.ts'

export interface ProbeContext {
  /** For messages. */
  host: string
  transport: Transport
  /** The observation this pass stands on; `systemd` probes read it and send nothing. */
  observation: HostObservation
  /** Units as they were in the round before, for flapping; absent on the first round after a change. */
  baseline?: Record<string, UnitFact>
  /** End of the last operation on the component, by the host's clock; evidence must be newer. 0 when there was none. */
  changedAtMs: number
  signal?: AbortSignal
}

/** Runs all probes at once, each within its own deadline. Never throws for a failing probe; throws `TransportError` only when the host itself cannot be reached. */
export type Prober = (probes: Probe[], context: ProbeContext) => Promise<ProbeResult[]>
