// When a process that somebody else started is taken to run an older configuration than the one on disk.
import { expect, test } from 'vitest'
import type { HostObservation, UnitFact } from '../../../src/model/observation.ts'
import type { UnitResource } from '../../../src/model/resource.ts'
import { sha256 } from '../../../src/plan/canonical.ts'
import { diffUnit } from '../../../src/plan/diff-unit.ts'

const restartOn = ['file:/etc/x']
const unit: UnitResource = { kind: 'unit', name: 'x.service', enabled: true, running: true, restartOn, reloadOn: [] }
const startedAtMs = 1_000_000

function actions(fileChangedAtMs: number): string[] {
  const fact: UnitFact = {
    load: 'loaded',
    active: 'active',
    sub: 'running',
    enabled: 'enabled',
    result: 'success',
    restarts: 0,
    invocationId: 'by somebody else',
    stateChangedAtMs: startedAtMs,
    needsDaemonReload: false,
  }
  const seen: HostObservation = {
    host: 'h',
    startedAtMs: 0,
    hostTimeMs: 0,
    bootId: '',
    machineId: '',
    fence: 0,
    files: {
      '/etc/x': {
        state: 'file',
        sha256: sha256('x'),
        sizeBytes: 1,
        owner: 'root',
        group: 'root',
        mode: 0o644,
        changedAtMs: fileChangedAtMs,
      },
    },
    units: { 'x.service': fact },
    packages: {},
    users: {},
    operations: {},
    components: {},
  }
  return diffUnit(unit, seen, { changed: new Set(), rewritten: new Set() }).map(({ action }) => action)
}

test('a file that was changed after the start needs a restart, one from before does not', () => {
  expect(actions(startedAtMs + 1)).toEqual(['restart'])
  expect(actions(startedAtMs - 1_000)).toEqual([])
})

test('a file that was changed within a clock tick before the start may have been changed after it', () => {
  expect(actions(startedAtMs)).toEqual(['restart'])
  expect(actions(startedAtMs - 4)).toEqual(['restart'])
})
