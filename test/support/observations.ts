// Hosts and what was seen on them, with as little as a test has to say.
import type { HostSpec } from '../../src/model/host.ts'
import type { FileFact, HostObservation, UnitFact } from '../../src/model/observation.ts'
import { sha256 } from '../../src/plan/canonical.ts'

export function hostNamed(name: string): HostSpec {
  const ssh = { user: 'root', port: 22, hostKeys: [], sudo: false }
  return { name, address: '192.0.2.1', platform: 'debian', connection: 'ssh', ssh, labels: {} }
}

/** A host with nothing on it, and what differs. */
export function observationOf(seen: Partial<HostObservation> = {}): HostObservation {
  return {
    host: 'a',
    startedAtMs: 1_000,
    hostTimeMs: 1_000,
    bootId: 'boot',
    machineId: 'machine',
    fence: 0,
    files: {},
    units: {},
    packages: {},
    users: {},
    operations: {},
    components: {},
    damaged: [],
    ...seen,
  }
}

type Regular = Extract<FileFact, { state: 'file' }>

/** A file of root's with mode 0644, and what differs. */
export function fileWith(content: string, differs: Partial<Regular> = {}): FileFact {
  const access = { owner: 'root', group: 'root', mode: 0o644 }
  return { state: 'file', sha256: sha256(content), sizeBytes: content.length, changedAtMs: 100, ...access, ...differs }
}

/** An enabled unit that has run since 200, and what differs. */
export function runningUnit(differs: Partial<UnitFact> = {}): UnitFact {
  return {
    load: 'loaded',
    active: 'active',
    sub: 'running',
    enabled: 'enabled',
    result: 'success',
    restarts: 0,
    invocationId: 'run-1',
    stateChangedAtMs: 200,
    needsDaemonReload: false,
    ...differs,
  }
}
