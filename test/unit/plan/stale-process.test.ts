// When a process that somebody else started is taken to run an older configuration than the one on disk.
import { expect, test } from 'vitest'
import type { UnitResource } from '../../../src/model/resource.ts'
import { diffUnit } from '../../../src/plan/diff-unit.ts'
import { NOT_TAKEN_IN } from '../../../src/plan/loaded-digest.ts'
import { fileWith, observationOf, runningUnit } from '../../support/observations.ts'

const restartOn = ['file:/etc/x']
const unit: UnitResource = { kind: 'unit', name: 'x.service', enabled: true, running: true, restartOn, reloadOn: [] }
const startedAtMs = 1_000_000
const nothing = { loose: new Set<string>(), isLeft: false }

function actions(fileChangedAtMs: number): string[] {
  const fact = runningUnit({ invocationId: 'by somebody else', stateChangedAtMs: startedAtMs })
  const files = { '/etc/x': fileWith('x', { changedAtMs: fileChangedAtMs }) }
  const seen = observationOf({ files, units: { 'x.service': fact } })
  return diffUnit(unit, seen, { changed: new Set(), rewritten: new Set(), ...nothing }).map(({ action }) => action)
}

test('a file that was changed after the start needs a restart, one from before does not', () => {
  expect(actions(startedAtMs + 1)).toEqual(['restart'])
  expect(actions(startedAtMs - 1_000)).toEqual([])
})

test('a file that was changed within a clock tick before the start may have been changed after it', () => {
  expect(actions(startedAtMs)).toEqual(['restart'])
  expect(actions(startedAtMs - 4)).toEqual(['restart'])
})

test('what could not be reloaded is tried once more, and started anew as soon as its files are others', () => {
  const reloaded: UnitResource = { ...unit, restartOn: [], reloadOn: restartOn }
  const loaded = { invocationId: 'i', stateChangedAtMs: startedAtMs, digest: NOT_TAKEN_IN }
  const fact = runningUnit({ invocationId: 'i', stateChangedAtMs: startedAtMs, loaded })
  const files = { '/etc/x': fileWith('x', { changedAtMs: startedAtMs - 1_000 }) }
  const seen = observationOf({ files, units: { 'x.service': fact } })
  const actions = (rewritten: string[]) =>
    diffUnit(reloaded, seen, { changed: new Set(rewritten), rewritten: new Set(rewritten), ...nothing }).map(
      ({ action }) => action,
    )
  expect(actions([])).toEqual(['reload'])
  expect(actions(restartOn)).toEqual(['restart'])
})
