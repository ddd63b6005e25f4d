// What the benchmarks make of their samples: medians, goals, the table.
import { describe, expect, test } from 'vitest'
import type { Row } from '../../../bench/comparison.ts'
import { atMostTimes, below, median, timesLess } from '../../../bench/goal.ts'
import { tableText } from '../../../bench/table.ts'

const sides = (ours: number[], theirs: number[]) => ({
  measure: 'pass',
  unit: 'ms' as const,
  ours,
  theirs: { name: 'peer', values: theirs },
})

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
  [[100, 20, 3], 20],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})

test('there is no median of nothing', () => {
  expect(median([])).toBeNaN()
})

describe('a goal', () => {
  test.each([
    [100, 1_000, true],
    [101, 1_000, false],
  ])('of ten times less: %d against %d', (ours, theirs, isMet) => {
    expect(timesLess(sides([ours], [theirs]), 10)).toMatchObject({ isMet, goal: 'at least 10 times less' })
  })

  test.each([
    [150, 100, true],
    [151, 100, false],
  ])('of at most 1.5 times: %d against %d', (ours, theirs, isMet) => {
    expect(atMostTimes(sides([ours], [theirs]), 1.5)).toMatchObject({ isMet, goal: 'at most 1.5 times' })
  })

  test.each([
    [119, true],
    [120, false],
  ])('of less than 120 MB: %d', (ours, isMet) => {
    expect(below({ measure: 'memory', unit: 'MB', ours: [ours] }, 120)).toMatchObject({ isMet, result: `${ours} MB` })
  })

  test('is not met by a side without samples', () => {
    expect(timesLess(sides([], [1]), 10).isMet).toBe(false)
    expect(atMostTimes(sides([1], []), 1.5).isMet).toBe(false)
  })
})

test('the table shows both sides, whether the goal is met, and loudly what was not measured', () => {
  const missing: Row = {
    measure: 'start',
    unit: 'ms',
    goal: 'below 1000 ms',
    samples: 0,
    notMeasured: 'no package\nat all',
  }
  expect(tableText([timesLess(sides([84.6], [11_870]), 100), atMostTimes(sides([1_003], [255]), 1.5), missing])).toBe(
    `measured  ours     against        result          goal                     n
pass      84.6 ms  peer 11870 ms  140 times less  at least 100 times less  1  met
pass      1003 ms  peer 255 ms    3.93 times      at most 1.5 times        1  MISSED
start                             NOT MEASURED    below 1000 ms

NOT MEASURED: start: no package
  at all
`,
  )
})
