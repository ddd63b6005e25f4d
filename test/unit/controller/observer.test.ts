// Looking at hosts: how often, how fresh, and what a host that hangs or fails costs the others.
import { describe, expect, it } from 'vitest'
import { HostUnavailable, Observer } from '../../../src/controller/observer.ts'
import type { HostObservation } from '../../../src/model/observation.ts'
import { SimClock } from '../../simulation/support/sim-clock.ts'
import { hostNamed, observationOf } from '../../support/observations.ts'

const LOOK_MS = 100

/** An observer of hosts that take 100 ms to answer; `fails` says which do not, `hangs` which never end. */
function observing() {
  const clock = new SimClock(() => 0.5)
  const looks: { host: string; atMs: number }[] = []
  const running = new Map<string, number>()
  let mostAtOnce = 0
  const fails = new Set<string>()
  const hangs = new Set<string>()
  const look = async (host: string): Promise<HostObservation> => {
    looks.push({ host, atMs: clock.nowMs() })
    running.set(host, (running.get(host) ?? 0) + 1)
    mostAtOnce = Math.max(mostAtOnce, running.get(host) ?? 0)
    await (hangs.has(host) ? new Promise(() => undefined) : clock.sleep(LOOK_MS))
    running.set(host, (running.get(host) ?? 0) - 1)
    if (fails.has(host)) throw new Error('no route')
    return observationOf({ host })
  }
  const unused = () => Promise.reject(new Error('not used here'))
  const observer = new Observer({
    clock,
    driver: {
      observe: (_, host) => look(host),
      prepare: () => undefined,
      operate: unused,
      confirm: unused,
      holdOff: () => Promise.reject(new Error('not in this test')),
      mendRecord: unused,
      recall: unused,
      inspect: unused,
      read: async () => new Map(),
      trace: async () => ({ deeds: [], contents: new Map() }),
      watch: unused,
    },
    transportFor: () => ({}) as never,
    wantedOn: () => ({ paths: [], units: [], packages: [], users: [], operationIds: [] }),
    identityProblem: () => undefined,
    onObserved: () => undefined,
    onConnection: () => undefined,
    stopping: new AbortController().signal,
  })
  const ask = (host = 'a') => observer.observe(hostNamed(host), clock.nowMs())
  return { clock, observer, ask, fails, hangs, looks, mostAtOnce: () => mostAtOnce }
}

describe('looking at a host', () => {
  it('once serves everybody who asked at that time', async () => {
    const { clock, ask, looks } = observing()
    const asked = [ask(), ask(), ask()]
    await clock.advance(LOOK_MS)
    const [first, ...others] = await Promise.all(asked)
    expect(others.every((seen) => seen === first)).toBe(true)
    expect(looks).toHaveLength(1)
  })

  it('is told of in the order of asking', async () => {
    const { clock, ask } = observing()
    const told: string[] = []
    for (const name of ['first', 'second', 'third']) void ask().then(() => told.push(name))
    await clock.advance(LOOK_MS)
    expect(told).toEqual(['first', 'second', 'third'])
  })

  it('begins anew for those who asked after it had begun: one look for all of them, and never two at a time', async () => {
    const { clock, ask, looks, mostAtOnce } = observing()
    const first = ask()
    await clock.advance(10)
    const second = ask()
    await clock.advance(10)
    const third = ask()
    await clock.advance(3 * LOOK_MS)
    expect(await second).toBe(await third)
    expect(await second).not.toBe(await first)
    expect([looks.length, mostAtOnce()]).toEqual([2, 1])
  })

  it('begins anew after a change of our own, even for those who would be content with older', async () => {
    const { clock, observer, ask, looks } = observing()
    const askedAtMs = clock.nowMs()
    const first = ask()
    await clock.advance(LOOK_MS)
    observer.changed('a')
    const second = observer.observe(hostNamed('a'), askedAtMs)
    await clock.advance(LOOK_MS)
    expect(await second).not.toBe(await first)
    expect(looks).toHaveLength(2)
  })

  it('begins anew although the clock of the controller was set back', async () => {
    const { clock, ask, looks } = observing()
    void ask()
    await clock.advance(LOOK_MS)
    clock.setBack(3_600_000)
    void ask()
    await clock.advance(LOOK_MS)
    expect(looks).toHaveLength(2)
  })
})

describe('whether an observation still counts', () => {
  it('is told of that observation, not of a newer one', async () => {
    const { clock, observer, ask } = observing()
    const first = ask()
    await clock.advance(LOOK_MS)
    expect(observer.isCurrent('a', await first)).toBe(true)
    observer.changed('a')
    const second = ask()
    await clock.advance(LOOK_MS)
    expect(observer.isCurrent('a', await second)).toBe(true)
    expect(observer.isCurrent('a', await first)).toBe(false)
  })
})

describe('a host that does not answer', () => {
  it('is left alone until its backoff is over, and is not remembered as seen', async () => {
    const { clock, ask, fails, looks } = observing()
    fails.add('a')
    const failed = ask().catch((error: unknown) => error)
    await clock.advance(LOOK_MS)
    const error = await failed
    expect(error).toBeInstanceOf(HostUnavailable)
    const { retryAtMs } = error as HostUnavailable
    expect(retryAtMs - clock.nowMs()).toBe(5_000)
    fails.clear()
    await expect(ask()).rejects.toMatchObject({ retryAtMs })
    expect(looks).toHaveLength(1)
    await clock.advance(5_000)
    const again = ask()
    await clock.advance(LOOK_MS)
    expect((await again).host).toBe('a')
  })

  it('is said to be tried again until it was asked in vain three times, or answers', async () => {
    const { clock, observer, ask, fails } = observing()
    const tried = async () => {
      const asked = ask().catch(() => undefined)
      await clock.advance(LOOK_MS)
      await asked
      const isTriedAgain = observer.isTriedAgain('a')
      await clock.advance(60_000)
      return isTriedAgain
    }
    expect(observer.isTriedAgain('a')).toBe(false)
    expect(await tried()).toBe(false)
    fails.add('a')
    expect([await tried(), await tried(), await tried(), await tried()]).toEqual([true, true, false, false])
    fails.clear()
    expect(await tried()).toBe(false)
  })

  it('is tried at once when woken', async () => {
    const { clock, observer, ask, fails } = observing()
    fails.add('a')
    const failed = ask().catch(() => 'failed')
    await clock.advance(LOOK_MS)
    expect(await failed).toBe('failed')
    fails.clear()
    observer.wake('a')
    const again = ask()
    await clock.advance(LOOK_MS)
    expect((await again).host).toBe('a')
  })

  it('is tried again in time although the clock of the controller was set back', async () => {
    const { clock, ask, fails, looks } = observing()
    fails.add('a')
    const failed = ask().catch(() => 'failed')
    await clock.advance(LOOK_MS)
    await failed
    clock.setBack(24 * 3_600_000)
    await clock.advance(20 * 60_000)
    ask().catch(() => 'failed')
    await clock.advance(LOOK_MS)
    expect(looks).toHaveLength(2)
  })

  it('does not keep the others waiting, however often it is asked for', async () => {
    const { clock, ask, hangs, looks } = observing()
    hangs.add('a')
    for (let i = 0; i < 100; i += 1) {
      void ask('a')
      await clock.advance(1)
    }
    const other = ask('b')
    await clock.advance(LOOK_MS)
    expect((await other).host).toBe('b')
    expect(looks.filter(({ host }) => host === 'a')).toHaveLength(1)
  })
})
