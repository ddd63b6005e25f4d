// How old a difference is when it is seen.
import { expect, it } from 'vitest'
import type { FileFact } from '../../../src/model/observation.ts'
import { driftAgeMs } from '../../../src/plan/drift-age.ts'
import { observationOf } from '../../support/observations.ts'

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
  files: { '/a': file(4_000), '/b': file(9_000), '/gone': { state: 'absent' } },
})
const diffOf = (...resources: string[]) => ({
  changes: resources.map((resource) => ({ resource, action: 'update' as const, fields: [] })),
})

it.each([
  [['file:/a'], 6_000],
  [['file:/a', 'file:/b'], 1_000],
  [['file:/gone', 'package:x', 'unit:never-seen.service'], undefined],
])('%j', (resources, age) => {
  expect(driftAgeMs(diffOf(...resources), seen)).toBe(age)
})

it('is never negative, whatever the clock of the host did', () => {
  expect(driftAgeMs(diffOf('file:/late'), { ...seen, files: { '/late': file(99_000) } })).toBe(0)
})
