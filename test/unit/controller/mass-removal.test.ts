// When a person is asked before something is removed, about what, and what an answer is good for.
import { describe, expect, it } from 'vitest'
import type { Desire } from '../../../src/controller/desire.ts'
import { massRemoval, unconfirmedRemovals } from '../../../src/controller/mass-removal.ts'
import { takeAnswer } from '../../../src/controller/removal-answers.ts'
import { CONFIRMED_FOR_MS, COUNTED_TOGETHER_MS, Removals } from '../../../src/controller/removals.ts'
import type { Statuses } from '../../../src/controller/statuses.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'
import { eventOf } from '../../support/store-rows.ts'
import { desireOf, statusesOf } from './given.ts'

const names = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`)

/** So many components on one host, of which the first ones are written no more. */
async function given(all: number, gone: number) {
  const clock = new SimClock(() => 0.5)
  const removals = new Removals(clock)
  const statuses = await statusesOf(Object.fromEntries(names(all).map((name) => [`${name}@a`, 'healthy.inSync'])))
  return { clock, removals, statuses, desire: without(all, gone) }
}

const without = (all: number, gone: number) =>
  desireOf(
    Object.fromEntries(
      names(all)
        .slice(gone)
        .map((name) => [name, {}]),
    ),
  )

interface Given {
  desire: Desire
  statuses: Statuses
  removals: Removals
}

const waiting = ({ desire, statuses, removals }: Given) => unconfirmedRemovals(desire, statuses, removals).components

/** A pass over each key that is written no more, as far as this is concerned. */
async function pass({ desire, statuses, removals }: Given): Promise<void> {
  for (const key of statuses.keys()) {
    const isAsked = massRemoval(key, desire, statuses, removals).length > 0
    await statuses.save(removals.told(statuses.get(key), desire.wishes.get(key), isAsked), 1)
  }
}

const removed = (component: string, atMs: number) =>
  eventOf('Removed', { key: `${component}@a`, operationId: 'op', atMs })

describe('a person is asked', () => {
  it.each([
    [1, 1, false],
    [5, 1, false],
    [5, 2, true],
    [20, 3, false],
    [20, 4, true],
    [100, 4, true],
  ])('of %s components %s are written no more: %s', async (all, gone, isAsked) => {
    expect(waiting(await given(all, gone))).toEqual(isAsked ? names(gone) : [])
  })

  it('also when they go one after the other, within ten minutes', async () => {
    const it = await given(20, 1)
    it.removals.heard(['old0', 'old1', 'old2'].map((name) => removed(name, it.clock.nowMs())))
    expect(waiting(it)).toEqual(['c0'])
    await it.clock.advance(COUNTED_TOGETHER_MS + 1)
    expect(waiting(it)).toEqual([])
  })

  it('not for what was removed and is written again, nor for a mere change of state', async () => {
    const it = await given(20, 1)
    it.removals.heard(['c7', 'c8', 'c9'].map((name) => removed(name, it.clock.nowMs())))
    it.removals.heard(['x', 'y', 'z'].map((name) => eventOf('Removed', { key: `${name}@a`, atMs: it.clock.nowMs() })))
    expect(waiting(it)).toEqual([])
  })

  it('not about what moves to another host, or is on a host that nobody describes', async () => {
    const it = await given(5, 0)
    const moved = desireOf(Object.fromEntries(names(5).map((name) => [name, { hosts: ['b'] }])))
    expect(waiting({ ...it, desire: moved })).toEqual([])
    expect(waiting({ ...it, desire: desireOf({}, { hosts: {} }) })).toEqual([])
  })

  it('in words that name what waits, how much went before, and how to answer', async () => {
    const it = await given(12, 12)
    it.removals.heard([removed('old', it.clock.nowMs())])
    const { digest } = unconfirmedRemovals(it.desire, it.statuses, it.removals)
    const [blocker] = massRemoval('c0@a', it.desire, it.statuses, it.removals)
    expect(blocker).toEqual({
      reason: 'RemovalNotConfirmed',
      message:
        '12 of 13 components would be removed, after 1 in the last 10 minutes ' +
        '(c0, c1, c10, c11, c2, c3, c4, c5, c6, c7 and 2 more). Confirm one with: ' +
        'homeostat reconcile --confirm-removal COMPONENT, or exactly these with: ' +
        `homeostat reconcile --confirm-removal --all ${digest}`,
    })
  })
})

describe('an answer', () => {
  it('is good for what it names; the rest waits on, however few are left', async () => {
    const it = await given(20, 4)
    await pass(it)
    expect(takeAnswer({ component: 'c0' }, it)).toEqual({ keys: ['c0@a'] })
    expect(waiting(it)).toEqual(['c1', 'c2', 'c3'])
    await it.statuses.forget('c0@a', [])
    await it.clock.advance(COUNTED_TOGETHER_MS + 1)
    expect(waiting(it)).toEqual(['c1', 'c2', 'c3'])
  })

  it('to all is good for exactly those that were shown', async () => {
    const it = await given(20, 4)
    const { digest } = unconfirmedRemovals(it.desire, it.statuses, it.removals)
    const more = { ...it, desire: without(20, 5) }
    const said = takeAnswer({ all: digest }, more)
    expect(said).toEqual({ problem: expect.stringMatching(/^.* 5 now: c0, c1, c2, c3, c4\. For these: --all \w{12}$/) })
    expect(waiting(more)).toHaveLength(5)
    expect(takeAnswer({ all: digest }, it)).toEqual({ keys: ['c0@a', 'c1@a', 'c2@a', 'c3@a'] })
    expect(waiting(it)).toEqual([])
    expect(takeAnswer({ all: digest }, it)).toEqual({ problem: 'nothing waits for a confirmation' })
  })

  it('is good for an hour, whether the status has it already or not', async () => {
    const it = await given(20, 4)
    await pass(it)
    takeAnswer({ component: 'c0' }, it)
    await it.clock.advance(CONFIRMED_FOR_MS)
    expect(waiting(it)).not.toContain('c0')
    await pass(it)
    // What a controller that starts anew finds.
    const again = { ...it, removals: new Removals(it.clock) }
    expect(waiting(again)).not.toContain('c0')
    await it.clock.advance(1)
    expect([waiting(it), waiting(again)].map((all) => all.includes('c0'))).toEqual([true, true])
  })

  it('is over when the component is written again, or was removed', async () => {
    const it = await given(20, 4)
    for (const component of ['c0', 'c1']) takeAnswer({ component }, it)
    await pass({ ...it, desire: without(20, 0) })
    it.removals.forget('c1@a')
    await pass(it)
    expect(waiting(it)).toEqual(['c0', 'c1', 'c2', 'c3'])
  })

  it('to what nobody asked is refused, and says why', async () => {
    const it = await given(5, 1)
    expect(takeAnswer({ component: 'c4' }, it)).toEqual({ problem: expect.stringContaining('is in the desired state') })
    expect(takeAnswer({ component: 'zz' }, it)).toEqual({ problem: 'nothing is known of zz' })
    expect(takeAnswer({ component: 'c0', host: 'b' }, it)).toEqual({ problem: 'nothing is known of c0@b' })
    await it.clock.advance(1)
    expect(waiting({ ...it, desire: without(5, 5) })).toEqual(names(5))
  })
})
