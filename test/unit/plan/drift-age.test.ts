// How old a difference is when it is seen.
import { expect, it } from 'vitest'
import type { FileFact } from '../../../src/model/observation.ts'
import { driftAgeMs } from '../../../src/plan/drift-age.ts'
import { observationOf, runningUnit } from '../../support/observations.ts'

const file = (changedAtMs: number): FileFact => ({
  state: 'file',
  sha256: '',
  sizeBytes: 0,
  owner: 'root',
  group: 'root',
  mode: 0o644,
  changedAtMs,
})
const seen = observationOf({
  hostTimeMs: 10_000,
  units: {
    'x.service': runningUnit({ stateChangedAtMs: 3_000 }),
    'never.service': runningUnit({ stateChangedAtMs: 0 }),
    '/a': runningUnit({ stateChangedAtMs: 1 }),
  },
  files: { '/a': file(4_000), '/b': file(9_000), '/gone': { state: 'absent' } },
})
const diffOf = (...resources: string[]) => ({
  changes: resources.map((resource) => ({ resource, action: 'update' as const, fields: [] })),
})

it.each([
  [['file:/a'], 6_000],
  [['file:/a', 'file:/b'], 1_000],
  [['unit:x.service'], 7_000],
  [['unit:x.service', 'file:/a', 'unit:never.service'], 6_000],
  [['unit:never.service'], undefined],
  [['package:/a', 'user:x.service'], undefined],
  [['file:/gone', 'package:x', 'unit:never-seen.service'], undefined],
])('%j', (resources, age) => {
  expect(driftAgeMs(diffOf(...resources), seen)).toBe(age)
})

it('is never negative, whatever the clock of the host did', () => {
  expect(driftAgeMs(diffOf('file:/late'), { ...seen, files: { '/late': file(99_000) } })).toBe(0)
})
