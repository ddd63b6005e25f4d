// What a probe is given in these tests: this machine, an observation, and no operation before it.
import type { HostObservation, UnitFact } from '../../../src/model/observation.ts'
import type { HttpProbe } from '../../../src/model/probe.ts'
import type { ProbeContext } from '../../../src/probe/prober.ts'
import { runningUnit, observationOf as seenWith } from '../../support/observations.ts'
import { loopbackTransport } from './loopback-transport.ts'

export function contextWith(overrides: Partial<ProbeContext> = {}): ProbeContext {
  return {
    host: 'monitoring',
    transport: loopbackTransport(),
    observation: observationOf({}),
    changedAtMs: 0,
    ...overrides,
  }
}

export function observationOf(units: Record<string, UnitFact>): HostObservation {
  return seenWith({ host: 'monitoring', startedAtMs: 0, hostTimeMs: 0, units })
}

/** A service that runs well since Debian's Prometheus was started. */
export function unitFact(overrides: Partial<UnitFact> = {}): UnitFact {
  return runningUnit({ stateChangedAtMs: 1_795_435_000_000, ...overrides })
}

export function httpProbe(port: number, overrides: Partial<HttpProbe> = {}): HttpProbe {
  return {
    kind: 'http',
    name: 'ready',
    address: '127.0.0.1',
    port,
    path: '/-/ready',
    expect: { status: [200] },
    timeoutMs: 5_000,
    ...overrides,
  }
}
