// Ages and times are written as kubectl writes them.
import { describe, expect, it } from 'vitest'
import { age, duration, timestamp } from '../../../src/cli/age.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('duration', () => {
  it.each([
    [-5 * second, '0s'],
    [0, '0s'],
    [999, '0s'],
    [59 * second, '59s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 12 * second, '3m12s'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute + 59 * second, '10m'],
    [2 * hour + 59 * minute, '179m'],
    [3 * hour, '3h'],
    [5 * hour + 4 * minute, '5h4m'],
    [8 * hour + 59 * minute, '8h'],
    [47 * hour, '47h'],
    [3 * day + 2 * hour, '3d2h'],
    [8 * day + 23 * hour, '8d'],
    [400 * day, '400d'],
    [2 * 365 * day + 10 * day, '2y10d'],
    [9 * 365 * day, '9y'],
  ])('writes %d ms as %s, like kubectl', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('age', () => {
  it('is a dash for a time that is not known', () => {
    expect([age(0, 1e12), age(undefined, 1e12)]).toEqual(['-', '-'])
  })
  it('counts from then to now', () => {
    expect(age(1e12 - 90 * minute, 1e12)).toBe('90m')
  })
})

describe('timestamp', () => {
  it('is RFC 3339 in UTC, and null for a time that is not known', () => {
    expect([timestamp(Date.UTC(2026, 10, 23, 12)), timestamp(0), timestamp(null)]).toEqual([
      '2026-11-23T12:00:00.000Z',
      null,
      null,
    ])
  })
})
