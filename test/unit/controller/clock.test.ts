// Steady time beside a wall clock that somebody sets.
import { describe, expect, it } from 'vitest'
import { steadyClock } from '../../../src/controller/clock.ts'

function clocks() {
  const at = { wallMs: 1_700_000_000_000, monotonicMs: 12_345.678 }
  const clock = steadyClock(
    () => at.wallMs,
    () => at.monotonicMs,
  )
  const pass = (ms: number) => {
    at.wallMs += ms
    at.monotonicMs += ms
  }
  return { at, clock, pass }
}

describe('a steady clock', () => {
  it('tells the wall clock in whole milliseconds, as time passes', () => {
    const { clock, pass } = clocks()
    expect(clock.nowMs()).toBe(1_700_000_000_000)
    pass(1_500.4)
    expect(clock.nowMs()).toBe(1_700_000_001_500)
    expect(clock.follow()).toBe(0)
  })

  it.each([3_600_000, -3_600_000])(
    'runs on when the wall clock is set by %d ms, until it is told to follow',
    (byMs) => {
      const { at, clock, pass } = clocks()
      at.wallMs += byMs
      pass(10)
      expect(clock.nowMs()).toBe(1_700_000_000_010)
      expect(clock.follow()).toBe(byMs)
      expect(clock.nowMs()).toBe(at.wallMs)
      expect(clock.follow()).toBe(0)
    },
  )

  it('does not call it set when it is only off by a little, and does when that adds up', () => {
    const { at, clock } = clocks()
    at.wallMs += 999
    expect(clock.follow()).toBe(0)
    at.wallMs += 1
    expect(clock.follow()).toBe(1_000)
  })

  it('goes on where it was when the machine had been suspended', () => {
    const { at, clock } = clocks()
    const before = clock.nowMs()
    at.wallMs += 8 * 3_600_000
    expect(clock.nowMs()).toBe(before)
  })
})
