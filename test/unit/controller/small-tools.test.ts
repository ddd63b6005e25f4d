// The small tools of the loop: one change per host, so many at once, when to look again.
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/controller/clock.ts'
import { FailureBackoff } from '../../../src/controller/failure-backoff.ts'
import { HostLock } from '../../../src/controller/host-lock.ts'
import { Resync } from '../../../src/controller/resync.ts'
import { Semaphore } from '../../../src/controller/semaphore.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'

describe('the clock', () => {
  it('gives each of many who want to start a turn of the event loop to itself', async () => {
    let turn = 0
    const count = () => {
      turn += 1
      if (turn < 20) setImmediate(count)
    }
    setImmediate(count)
    const turns: number[] = []
    const begin = async () => {
      await systemClock.nextTurn()
      turns.push(turn)
    }
    await Promise.all([begin(), begin(), begin()])
    expect(new Set(turns).size).toBe(3)
  })
})

describe('the host lock', () => {
  it('lets one at a time change a host, and calls those who asked in vain when it is free', () => {
    const lock = new HostLock(8)
    const called: string[] = []
    const release = lock.tryAcquire('a', 'x@a', () => called.push('x'))
    expect(lock.tryAcquire('a', 'y@a', () => called.push('y'))).toBeUndefined()
    expect(lock.tryAcquire('b', 'x@b', () => called.push('other'))).toBeDefined()
    release?.()
    expect(called).toEqual(['y'])
    expect(lock.tryAcquire('a', 'y@a', () => called.push('y'))).toBeDefined()
  })

  it('lets only so many hosts be changed at once, and calls whoever waits for a place', () => {
    const lock = new HostLock(2)
    const called: string[] = []
    const first = lock.tryAcquire('a', 'x@a', () => undefined)
    lock.tryAcquire('b', 'x@b', () => undefined)
    expect(lock.tryAcquire('c', 'x@c', () => called.push('c'))).toBeUndefined()
    first?.()
    expect(called).toEqual(['c'])
    expect(lock.tryAcquire('c', 'x@c', () => undefined)).toBeDefined()
  })

  it('remembers who waits once, however often it asked, and calls in the order of asking', () => {
    const lock = new HostLock(1)
    const called: string[] = []
    const release = lock.tryAcquire('a', 'x@a', () => undefined)
    for (const waiter of ['z', 'y', 'z', 'z']) lock.tryAcquire('a', `${waiter}@a`, () => called.push(waiter))
    release?.()
    expect(called).toEqual(['z', 'y'])
  })

  it('calls the most urgent of those who wait first', () => {
    const urgency: Record<string, number> = { 'slow@a': 9, 'quick@a': 1 }
    const lock = new HostLock(1, (waiter) => urgency[waiter] ?? 5)
    const called: string[] = []
    const release = lock.tryAcquire('a', 'x@a', () => undefined)
    for (const waiter of ['slow', 'other', 'quick']) lock.tryAcquire('a', `${waiter}@a`, () => called.push(waiter))
    release?.()
    expect(called).toEqual(['quick', 'other', 'slow'])
  })
})

describe('the semaphore', () => {
  it('runs so many at once, the others in order, whether they fail or not', async () => {
    const clock = new SimClock(() => 0.5)
    const semaphore = new Semaphore(2)
    const began: string[] = []
    const work = (name: string) =>
      semaphore
        .run(async () => {
          began.push(`${name}@${clock.nowMs() % 1_000}`)
          await clock.sleep(10)
          if (name === 'a') throw new Error('no')
        })
        .catch(() => 'failed')
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map(work))
    await clock.advance(100)
    expect(await all).toEqual(['failed', undefined, undefined, undefined, undefined])
    expect(began).toEqual(['a@0', 'b@0', 'c@10', 'd@10', 'e@20'])
  })
})

describe('the resync', () => {
  it('comes back to each host by itself, ± 5 %, until there is nothing on it', async () => {
    const clock = new SimClock(() => 0)
    const looked: string[] = []
    const fromMs = clock.nowMs()
    const resync = new Resync(clock, 1_000, (host) => {
      looked.push(`${host} ${clock.nowMs() - fromMs}`)
      return host === 'a' || looked.length < 4
    })
    resync.plan('a')
    resync.plan('a')
    resync.plan('b')
    await clock.advance(3_000)
    expect(looked).toEqual(['a 950', 'b 950', 'a 1900', 'b 1900', 'a 2850'])
    resync.close()
    await clock.advance(10_000)
    expect(looked).toHaveLength(5)
  })
})

describe('the backoff of failures', () => {
  it('grows for each key by itself and is forgotten by the first success', () => {
    const backoff = new FailureBackoff(new SimClock(() => 0.5))
    expect([backoff.next('x@a'), backoff.next('x@a'), backoff.next('y@a')]).toEqual([5_000, 10_000, 5_000])
    backoff.forget('x@a')
    expect(backoff.next('x@a')).toBe(5_000)
  })
})
