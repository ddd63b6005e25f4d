// When a host is watched, for what, and what comes of its hints.
import { describe, expect, it } from 'vitest'
import { ChangeHints } from '../../../src/controller/change-hints.ts'
import { WorkQueue } from '../../../src/controller/queue.ts'
import { Watches } from '../../../src/controller/watches.ts'
import type { WatchEvent, Watched } from '../../../src/driver/driver.ts'
import type { HostSpec } from '../../../src/model/host.ts'
import { SimClock, seededRandom } from '../../simulation/support/sim-clock.ts'

const HOST = { name: 'a' } as HostSpec
const watching = (...components: string[]): Watched => ({
  components: Object.fromEntries(components.map((name) => [name, { paths: [`/${name}`], units: [] }])),
})

interface Channel {
  watched: Watched
  tell(event: WatchEvent): void
  signal: AbortSignal
  lose(): void
}

function setUp() {
  const clock = new SimClock(seededRandom(1))
  const channels: Channel[] = []
  const told: (string[] | 'all' | 'gap')[] = []
  const state = { watched: watching('one') as Watched | undefined }
  const watches = new Watches({
    clock,
    driver: {
      watch: (_, __, watched, { onEvent, signal }) =>
        new Promise((resolve, reject) => {
          channels.push({ watched, tell: onEvent, signal, lose: () => reject(new Error('lost')) })
          signal.addEventListener('abort', () => resolve())
        }),
    },
    transportFor: () => ({}) as never,
    watchedOn: () => state.watched,
    onChange: (_, components) => told.push(components ?? 'all'),
    onGap: () => told.push('gap'),
    onProblem: () => undefined,
  })
  return { clock, channels, told, state, watches }
}

describe('the channel of a host', () => {
  it('is opened once what matters has settled, and kept while it stays the same', async () => {
    const { clock, channels, watches, state } = setUp()
    watches.keep(HOST)
    await clock.advance(500)
    state.watched = watching('one', 'two')
    watches.keep(HOST)
    await clock.advance(5_000)
    watches.keep(HOST)
    await clock.advance(5_000)
    expect(channels.map(({ watched }) => Object.keys(watched.components))).toEqual([['one', 'two']])
  })

  it('is replaced when something else matters; the old one is not listened to any more', async () => {
    const { clock, channels, watches, state, told } = setUp()
    watches.keep(HOST)
    await clock.advance(2_000)
    state.watched = watching('two')
    watches.keep(HOST)
    await clock.advance(2_000)
    const [first, second] = channels
    first?.tell({ kind: 'changed', components: ['one'] })
    second?.tell({ kind: 'changed', components: ['two'] })
    expect(first?.signal.aborted).toBe(true)
    expect(told).toEqual([['two']])
  })

  it('asks for a look at everything once it is ready, and once it is lost; then waits before the next', async () => {
    const { clock, channels, watches, told } = setUp()
    watches.keep(HOST)
    await clock.advance(2_000)
    channels[0]?.tell({ kind: 'ready' })
    channels[0]?.lose()
    await clock.advance(1)
    watches.keep(HOST)
    await clock.advance(2_000)
    expect(told).toEqual(['gap', 'gap'])
    expect(channels).toHaveLength(1)
    await clock.advance(10_000)
    watches.keep(HOST)
    await clock.advance(2_000)
    expect(channels).toHaveLength(2)
  })

  it('goes with its host, with everything of ours there, and at the end', async () => {
    const { clock, channels, watches, state } = setUp()
    watches.keep(HOST)
    await clock.advance(2_000)
    state.watched = undefined
    watches.keep(HOST)
    await clock.advance(2_000)
    expect(channels[0]?.signal.aborted).toBe(true)
    state.watched = watching('one')
    watches.keep(HOST)
    await clock.advance(2_000)
    watches.close()
    watches.keep(HOST)
    await clock.advance(2_000)
    expect(channels.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })
})

describe('hints', () => {
  it('lead to a pass at once, and in a storm to one a second', async () => {
    const clock = new SimClock(seededRandom(1))
    const takenAtMs: number[] = []
    const startMs = clock.nowMs()
    const queue = new WorkQueue<`${string}@${string}`>(clock, () => {
      const next = queue.take()
      if (next === undefined) return
      takenAtMs.push(clock.nowMs() - startMs)
      queue.done(next.key)
    })
    const hints = new ChangeHints(clock, queue, () => ['one@a', 'two@a', 'one@b'])
    for (let i = 0; i < 250; i += 1) {
      hints.add('a', ['one'])
      await clock.advance(10)
    }
    await clock.advance(10_000)
    expect(takenAtMs).toEqual([0, 1_000, 2_000, 3_000])
  })

  it('say which pass the host asked for, and which is only there since nobody would have told', async () => {
    const clock = new SimClock(seededRandom(1))
    const told: [string, boolean][] = []
    const queue = new WorkQueue<`${string}@${string}`>(clock, () => {
      const next = queue.take()
      if (next === undefined) return
      hints.begin(next.key)
      told.push([next.key, hints.has(next.key)])
      queue.done(next.key)
    })
    const hints = new ChangeHints(clock, queue, () => ['one@a', 'two@a', 'one@b'])
    hints.missed('a')
    await clock.advance(5_000)
    hints.add('a', ['one'])
    hints.missed('a')
    await clock.advance(5_000)
    queue.add('one@a')
    await clock.advance(5_000)
    expect(told).toEqual([
      ['one@a', false],
      ['two@a', false],
      ['one@a', true],
      ['two@a', false],
      ['one@a', false],
      ['one@a', false],
    ])
  })
})
