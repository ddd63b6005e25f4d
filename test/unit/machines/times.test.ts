// A lifecycle whose clock was set, or whose controller was away.
import { describe, expect, it } from 'vitest'
import { initialLifecycle, type Lifecycle } from '../../../machines/advance.ts'
import { resumed, shifted } from '../../../machines/times.ts'

const HOUR = 3_600_000
const written = 100 * HOUR

function lifecycleWith(context: Partial<Lifecycle['context']>): Lifecycle {
  const fresh = initialLifecycle()
  return { ...fresh, context: { ...fresh.context, enteredAtMs: written - 1_000, ...context } }
}

const soaking = lifecycleWith({ verifyingSinceMs: written - 20_000, healthySinceMs: written - 4_000 })
const waiting = lifecycleWith({
  dueAtMs: written + 60_000,
  correctedAtMs: written - 5_000,
  corrected: { f: [written] },
})

describe('a clock that was set', () => {
  it.each([HOUR, -HOUR])('by %d ms leaves everything as far away as it was', (byMs) => {
    const { context } = shifted(waiting, byMs)
    expect(context).toMatchObject({
      enteredAtMs: written - 1_000 + byMs,
      dueAtMs: written + 60_000 + byMs,
      correctedAtMs: written - 5_000 + byMs,
      corrected: { f: [written + byMs] },
      verifyingSinceMs: null,
    })
    expect(shifted(shifted(soaking, byMs), -byMs)).toEqual(soaking)
  })
})

describe('a controller that was away', () => {
  it.each([
    ['for an hour, or the clock was set forward', HOUR],
    ['for no time', 0],
    ['while the clock was set back', -HOUR],
  ])('%s: a verification goes on where it stood', (_, awayMs) => {
    const { context } = resumed(soaking, written, written + awayMs)
    expect(context).toMatchObject({
      verifyingSinceMs: written + awayMs - 20_000,
      healthySinceMs: written + awayMs - 4_000,
      enteredAtMs: Math.min(written - 1_000, written + awayMs),
    })
  })

  it('does not wait longer than it would have, whatever the clock says', () => {
    const due = (awayMs: number) =>
      (resumed(waiting, written, written + awayMs).context.dueAtMs ?? 0) - written - awayMs
    expect(due(0)).toBe(60_000)
    expect(due(-HOUR)).toBe(60_000)
    expect(due(40_000)).toBe(20_000)
    expect(due(HOUR)).toBeLessThan(0)
  })

  it('believes no time that has not come yet', () => {
    const future = lifecycleWith({
      verifyingSinceMs: written + HOUR,
      healthySinceMs: written + HOUR,
      enteredAtMs: written + HOUR,
    })
    expect(resumed(future, written, written).context).toMatchObject({
      verifyingSinceMs: written,
      healthySinceMs: written,
      enteredAtMs: written,
    })
    expect(resumed(waiting, written, written - HOUR).context.corrected).toEqual({ f: [written - HOUR] })
  })

  it('knows of nothing that had not been: no verification, no health, no correction, nothing due', () => {
    const nothing = { verifyingSinceMs: null, healthySinceMs: null, correctedAtMs: null, dueAtMs: null }
    expect(resumed(lifecycleWith({}), written, written + HOUR).context).toMatchObject(nothing)
    const unhealthy = lifecycleWith({ verifyingSinceMs: written - 20_000 })
    expect(resumed(unhealthy, written, written + HOUR).context).toMatchObject({
      ...nothing,
      verifyingSinceMs: written + HOUR - 20_000,
    })
    // Out of a verification, health is whatever it was.
    const healthy = lifecycleWith({ healthySinceMs: written - 4_000 })
    expect(resumed(healthy, written, written + HOUR).context.healthySinceMs).toBe(written - 4_000)
  })

  it('keeps when the last correction was, unless that has not come yet', () => {
    const at = (nowMs: number) => resumed(waiting, written, nowMs).context.correctedAtMs
    expect([at(written), at(written + HOUR)]).toEqual([written - 5_000, written - 5_000])
    expect(at(written - HOUR)).toBe(written - HOUR)
  })
})
