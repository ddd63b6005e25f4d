// Most hosts wrong at once is another thing than each of them wrong.
import { describe, expect, it } from 'vitest'
import { type HostHealth, LOSS_LIMITS, mostAreUnwell, suddenLoss } from '../../../src/plan/sudden-loss.ts'

const SECOND = 1_000

/** One host for each: since when it is unwell, in seconds; undefined while it is well. */
const hosts = (...since: (number | undefined)[]): HostHealth[] =>
  since.map((seconds, at) => ({
    host: `h${at}`,
    ...(seconds === undefined ? {} : { unwellSinceMs: seconds * SECOND }),
  }))

describe('a sudden loss', () => {
  it.each<[string, HostHealth[], string[]]>([
    ['is more than half within a minute', hosts(100, 130, 160, undefined), ['h0', 'h1', 'h2']],
    ['is not half of them', hosts(100, 100, undefined, undefined), []],
    ['is not one after the other', hosts(100, 161, 222, undefined), []],
    ['is not what has been so for long', hosts(1, 100, 200, 300, 310, undefined, undefined), []],
    ['is found among what has been so for long', hosts(1, 100, 130, 160, undefined), ['h1', 'h2', 'h3']],
    ['is told by name, whoever was first', hosts(160, 130, 100, undefined), ['h0', 'h1', 'h2']],
    ['is found whoever was first', hosts(310, 100, 300, 305, undefined), ['h0', 'h2', 'h3']],
    ['counts from the first on', hosts(300, 240, 180, 170, undefined, undefined), []],
    ['needs three hosts', hosts(100, 100), []],
    ['is all of three', hosts(100, 100, 100), ['h0', 'h1', 'h2']],
    ['is nothing where all are well', hosts(undefined, undefined, undefined), []],
  ])('%s', (_, given, lost) => {
    expect(suddenLoss(given, LOSS_LIMITS)).toEqual(lost)
  })

  it('has its share by setting', () => {
    const given = hosts(100, 100, 100, undefined, undefined)
    expect(suddenLoss(given, { share: 0.7, atLeast: 3 })).toEqual([])
    expect(suddenLoss(given, { share: 0.3, atLeast: 3 })).toHaveLength(3)
  })
})

it('most are unwell whenever each became so', () => {
  expect(mostAreUnwell(hosts(1, 500, undefined), LOSS_LIMITS)).toBe(true)
  expect(mostAreUnwell(hosts(1, undefined, undefined), LOSS_LIMITS)).toBe(false)
})
