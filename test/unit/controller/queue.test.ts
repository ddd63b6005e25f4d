// The work queue, one promise at a time.
import { describe, expect, it } from 'vitest'
import { WorkQueue } from '../../../src/controller/queue.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'

/** Knows how many of its timers are still to fire. */
class CountingClock extends SimClock {
  readonly timers = new Set<() => void>()

  override setTimer(delayMs: number, callback: () => void): () => void {
    const cancel = super.setTimer(delayMs, () => {
      this.timers.delete(cancel)
      callback()
    })
    this.timers.add(cancel)
    return () => {
      this.timers.delete(cancel)
      cancel()
    }
  }
}

function queueing() {
  const clock = new CountingClock(() => 0.5)
  const ready: number[] = []
  const queue = new WorkQueue<string>(clock, () => ready.push(clock.nowMs()))
  const take = () => queue.take()?.key
  return { clock, queue, take, ready, timers: clock.timers }
}

describe('the work queue', () => {
  it('hands a key out once, however often it was added', () => {
    const { queue, take } = queueing()
    for (let i = 0; i < 5; i += 1) queue.add('x')
    expect([take(), take()]).toEqual(['x', undefined])
  })

  it('never hands out a key that is being processed, and hands it out once more when it was added meanwhile', () => {
    const { queue, take } = queueing()
    queue.add('x')
    take()
    queue.add('x')
    queue.add('x')
    expect(take()).toBeUndefined()
    queue.done('x')
    expect(take()).toBe('x')
    queue.done('x')
    expect(take()).toBeUndefined()
  })

  it('hands out changes before resyncs, and lets a change overtake the resync of its own key', () => {
    const { queue, take } = queueing()
    queue.add('r1', 'resync')
    queue.add('r2', 'resync')
    queue.add('c')
    queue.add('r2', 'change')
    queue.add('r2', 'resync')
    expect([take(), take(), take()]).toEqual(['c', 'r2', 'r1'])
  })

  it('says when a key was last asked for: an older look at the host does not answer that', async () => {
    const { clock, queue } = queueing()
    queue.add('x', 'resync')
    await clock.advance(10)
    queue.add('x')
    expect(queue.take()?.addedAtMs).toBe(clock.nowMs())
  })

  it('adds after the delay; the earlier of two wins, and a pass in between makes both needless', async () => {
    const { clock, queue, take, ready } = queueing()
    const fromMs = clock.nowMs()
    queue.addAfter('x', 50)
    queue.addAfter('x', 20)
    queue.addAfter('x', 90)
    await clock.advance(19)
    expect(take()).toBeUndefined()
    await clock.advance(1)
    expect(ready).toEqual([fromMs + 20])
    expect(take()).toBe('x')
    queue.done('x')
    queue.addAfter('x', 30)
    queue.add('x')
    expect(take()).toBe('x')
    queue.done('x')
    await clock.advance(1_000)
    expect(take()).toBeUndefined()
  })

  it('keeps what was asked for during a pass in the order and with the priority it was asked for', () => {
    const { queue, take } = queueing()
    queue.add('x')
    take()
    queue.add('r', 'resync')
    queue.add('x', 'change')
    queue.add('x', 'resync')
    queue.done('x')
    queue.add('r2', 'resync')
    queue.add('r', 'resync')
    expect([take(), take(), take()]).toEqual(['x', 'r', 'r2'])
  })

  it('says from when on the host may have been seen: as early as was said, as late as anybody asked for', async () => {
    const { clock, queue } = queueing()
    const fromMs = clock.nowMs()
    queue.add('x', 'change', fromMs - 500)
    expect(queue.take()?.addedAtMs).toBe(fromMs - 500)
    queue.done('x')
    queue.add('x', 'change', fromMs - 100)
    queue.add('x', 'change', fromMs - 500)
    expect(queue.take()?.addedAtMs).toBe(fromMs - 100)
    queue.done('x')
    await clock.advance(10)
    queue.add('x')
    queue.add('x', 'change', fromMs)
    expect(queue.take()?.addedAtMs).toBe(fromMs + 10)
  })

  it('has one timer for a key at most, and none after a pass or when closed', async () => {
    const { clock, queue, take, timers } = queueing()
    for (const delayMs of [50, 20, 90]) queue.addAfter('x', delayMs)
    expect(timers.size).toBe(1)
    queue.add('x')
    take()
    expect(timers.size).toBe(0)
    queue.addAfter('x', 60)
    expect(timers.size).toBe(1)
    await clock.advance(60)
    for (const key of ['x', 'y']) queue.addAfter(key, 30)
    expect(timers.size).toBe(2)
    queue.close()
    queue.addAfter('z', 30)
    expect(timers.size).toBe(0)
  })

  it('hands nothing out after it was closed', async () => {
    const { clock, queue, take, ready } = queueing()
    queue.add('x')
    queue.addAfter('y', 10)
    queue.add('z')
    queue.add('r', 'resync')
    take()
    queue.add('x')
    queue.close()
    for (const key of ['x', 'y']) queue.add(key)
    queue.addAfter('x', 1)
    queue.addAfter('y', 0)
    queue.done('x')
    const before = ready.length
    await clock.advance(100)
    expect([take(), queue.depth, ready.length - before]).toEqual([undefined, 0, 0])
  })
})
