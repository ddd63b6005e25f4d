// When a window is open, across days, midnights, time zones and the nights in which the clocks change.
import { describe, expect, it } from 'vitest'
import { outside } from '../../../src/controller/windows.ts'

const HOUR = 3_600_000
const nights = {
  name: 'nights',
  cron: '0 2 * * *',
  durationMs: 2 * HOUR,
  timeZone: 'UTC',
  corrections: 'always',
} as const

/** `open`, or when it opens. */
function at(time: string, window: Partial<Parameters<typeof outside>[0]> = {}): string {
  const blocker = outside({ ...nights, ...window }, new Date(time).getTime())
  return blocker === undefined
    ? 'open'
    : blocker.untilMs === undefined
      ? 'never'
      : new Date(blocker.untilMs).toISOString()
}

describe('a window', () => {
  it.each([
    ['2026-11-23T01:59:59.999Z', '2026-11-23T02:00:00.000Z'],
    ['2026-11-23T02:00:00Z', 'open'],
    ['2026-11-23T03:59:59.999Z', 'open'],
    ['2026-11-23T04:00:00Z', '2026-11-24T02:00:00.000Z'],
  ])('at %s: %s', (time, expected) => {
    expect(at(time)).toBe(expected)
  })

  it('may last over midnight, and longer than from one opening to the next', () => {
    expect(at('2026-11-24T00:30:00Z', { cron: '0 23 * * *' })).toBe('open')
    expect(at('2026-11-24T15:17:00Z', { cron: '0 * * * *', durationMs: 3 * HOUR })).toBe('open')
  })

  it('goes by the clocks of its time zone, in summer and in winter', () => {
    const berlin = { timeZone: 'Europe/Berlin' }
    expect(at('2026-07-01T05:00:00Z', berlin)).toBe('2026-07-02T00:00:00.000Z')
    expect(at('2026-12-01T05:00:00Z', berlin)).toBe('2026-12-02T01:00:00.000Z')
  })

  it('opens once in the night in which an hour is missing, and in the one in which it comes twice', () => {
    const berlin = { timeZone: 'Europe/Berlin', cron: '30 2 * * *', durationMs: HOUR / 2 }
    const openings = (from: string) => {
      const found: string[] = []
      for (let ms = Date.parse(from); ms < Date.parse(from) + 24 * HOUR; ms += HOUR / 4)
        if (at(new Date(ms).toISOString(), berlin) === 'open') found.push(new Date(ms).toISOString())
      return found.length
    }
    expect([openings('2026-03-28T12:00:00Z'), openings('2026-10-24T12:00:00Z')]).toEqual([2, 2])
  })

  it('that opens on a day that never comes does not open', () => {
    expect(at('2026-11-23T00:00:00Z', { cron: '0 0 30 2 *' })).toBe('never')
  })

  it('says when it opens next by its own clocks', () => {
    const blocker = outside({ ...nights, timeZone: 'Europe/Berlin' }, Date.parse('2026-07-01T05:00:00Z'))
    expect(blocker?.message).toBe('waits for the window nights, which opens next at 2026-07-02 02:00 Europe/Berlin')
  })
})
