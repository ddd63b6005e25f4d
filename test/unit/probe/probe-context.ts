// What a probe is given in these tests: this machine, an observation, and no operation before it.
import type { HostObservation, UnitFact } from '../../../src/model/observation.ts'
import type { HttpProbe } from '../../../src/model/probe.ts'
import type { ProbeContext } from '../../../src/probe/prober.ts'
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
  return {
    host: 'monitoring',
    startedAtMs: 0,
    hostTimeMs: 0,
    bootId: 'b',
    machineId: 'm',
    fence: 0,
    files: {},
    units,
    packages: {},
    users: {},
    operations: {},
    components: {},
  }
}

/** A service that runs well; `systemctl show` says exactly this of Debian's Prometheus. */
export function unitFact(overrides: Partial<UnitFact> = {}): UnitFact {
  return {
    load: 'loaded',
    active: 'active',
    sub: 'running',
    enabled: 'enabled',
    result: 'success',
    restarts: 0,
    invocationId: '7f1c6a0e0d9b4a0c8f6f6f1f6ad0b001',
    stateChangedAtMs: 1_795_435_000_000,
    needsDaemonReload: false,
    ...overrides,
  }
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
