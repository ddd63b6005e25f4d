// What should be measured against what is.
import { expect, test } from 'vitest'
import { absentRows, type ScrapedTarget, targetRows, vanishedRows } from '../../../src/catalog/coverage.ts'

const scraped = (job: string, instance: string, health = 'up', more: Record<string, string> = {}): ScrapedTarget => ({
  labels: { job, instance, ...more },
  health,
  lastError: health === 'down' ? 'connection refused' : '',
})
const key = 'node-exporter@web'
const inventory = (jobs: Record<string, string[]>) =>
  new Map(Object.entries(jobs).map(([job, names]) => [job, new Set(names)]))

test('targets are up, down, not looked at, missing, or not asked for, what is wrong first', () => {
  const expected = ['a', 'b', 'c', 'd'].map((instance) => ({ job: 'node', instance }))
  const found = [
    scraped('node', 'a', 'up', { component: 'node-exporter', host: 'web' }),
    scraped('node', 'b', 'down'),
    scraped('node', 'c', 'unknown'),
    scraped('node', 'old'),
    scraped('mine', 'x'),
  ]
  expect(targetRows(expected, found, new Set(['mine']))).toEqual([
    { kind: 'target', name: 'node b', state: 'down', message: 'connection refused' },
    { kind: 'target', name: 'node c', state: 'unknown', message: 'it was not scraped yet' },
    {
      kind: 'target',
      name: 'node d',
      state: 'missing',
      message: 'it should be scraped, and Prometheus does not know of it',
    },
    {
      ...{ kind: 'target', name: 'node old', state: 'unexpected' },
      message: 'it is scraped, and neither the manifest nor a component makes it',
    },
    { kind: 'target', name: 'mine x', state: 'up', message: '' },
    { kind: 'target', name: 'node a', component: key, state: 'up', message: '' },
  ])
})

test('right after its start Prometheus lists nothing, and everything is missing', () => {
  const rows = targetRows([{ job: 'node', instance: 'a' }], [], new Set())
  expect(rows.map(({ state }) => state)).toEqual(['missing'])
})

test('metrics that were there before and are not now have vanished; new ones, and a job without any, are no news', () => {
  const before = inventory({ node: ['a', 'c', 'b'], same: ['x'], gone: ['y'] })
  const now = inventory({ node: ['b', 'new'], same: ['x'] })
  expect(vanishedRows(key, 'generation 2 was deployed 5m ago', before, now)).toEqual([
    {
      ...{ kind: 'metrics', name: 'node', component: key, state: 'vanished', metrics: ['a', 'c'] },
      message: '2 metrics of 3 gone since generation 2 was deployed 5m ago: a, c',
    },
  ])
})

test('what is asked for and not there is told once for each who asks', () => {
  const questions = [
    { by: 'panel "A"', expr: 'rate(here[5m]) / there' },
    { by: 'panel "A"', expr: 'there{x="1"} + nowhere' },
    { by: 'panel "B"', expr: 'sum(here)' },
  ]
  expect(absentRows(questions, new Set(['here']))).toEqual([
    {
      ...{ kind: 'question', name: 'panel "A"', state: 'absent', metrics: ['nowhere', 'there'] },
      message: 'nothing has nowhere, there',
    },
  ])
})
