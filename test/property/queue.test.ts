// The work queue against a model of it: whatever is added, taken and done in whatever order, no key is lost and none runs twice
// at once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Priority, WorkQueue } from '../../src/controller/queue.ts'
import { SimClock } from '../simulation/support/sim-clock.ts'

type Key = 'a@h' | 'b@h' | 'c@h'
const key = fc.constantFrom<Key>('a@h', 'b@h', 'c@h')
const priority = fc.constantFrom<Priority>('change', 'resync')

const command = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key, priority }),
  fc.record({ kind: fc.constant('later' as const), key, delayMs: fc.integer({ min: -5, max: 50 }) }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('done' as const), key }),
  fc.record({ kind: fc.constant('pass time' as const), ms: fc.integer({ min: 1, max: 60 }) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** What the queue promises, in the plainest way: who wants a pass since when, who has one, whose delayed add is due when. */
class Model {
  readonly wants = new Map<Key, { priority: Priority; sinceMs: number }>()
  readonly runs = new Set<Key>()
  readonly later = new Map<Key, number>()

  add(key: Key, priority: Priority, nowMs: number): void {
    const isChange = priority === 'change' || this.wants.get(key)?.priority === 'change'
    this.wants.set(key, { priority: isChange ? 'change' : 'resync', sinceMs: nowMs })
  }

  addLater(key: Key, atMs: number): void {
    this.later.set(key, Math.min(atMs, this.later.get(key) ?? atMs))
  }

  until(nowMs: number): void {
    for (const [key, atMs] of this.later) {
      if (atMs > nowMs) continue
      this.later.delete(key)
      this.add(key, 'change', atMs)
    }
  }

  ready(): Key[] {
    return [...this.wants.keys()].filter((key) => !this.runs.has(key))
  }
}

async function follow(commands: Command[]): Promise<void> {
  const clock = new SimClock(() => 0.5)
  const queue = new WorkQueue<Key>(clock, () => undefined)
  const model = new Model()
  for (const it of commands) {
    if (it.kind === 'add') {
      queue.add(it.key, it.priority)
      model.add(it.key, it.priority, clock.nowMs())
    } else if (it.kind === 'later') {
      queue.addAfter(it.key, it.delayMs)
      if (it.delayMs <= 0) model.add(it.key, 'change', clock.nowMs())
      else model.addLater(it.key, clock.nowMs() + it.delayMs)
    } else if (it.kind === 'pass time') {
      await clock.advance(it.ms)
      model.until(clock.nowMs())
    } else if (it.kind === 'done') {
      if (!model.runs.delete(it.key)) continue
      queue.done(it.key)
    } else take(queue, model)
    expect([queue.depth, queue.active]).toEqual([model.ready().length, model.runs.size])
  }
  // Everything that was asked for comes in the end.
  await clock.advance(1_000)
  model.until(clock.nowMs())
  for (const key of model.runs) queue.done(key)
  model.runs.clear()
  while (model.ready().length > 0) take(queue, model)
  expect(queue.take()).toBeUndefined()
}

function take(queue: WorkQueue<Key>, model: Model): void {
  const ready = model.ready()
  const taken = queue.take()
  if (taken === undefined) {
    expect(ready).toEqual([])
    return
  }
  expect(ready).toContain(taken.key)
  const wanted = model.wants.get(taken.key)
  const isAnyChange = ready.some((key) => model.wants.get(key)?.priority === 'change')
  if (isAnyChange) expect(wanted?.priority).toBe('change')
  expect(taken.addedAtMs).toBe(wanted?.sinceMs)
  model.wants.delete(taken.key)
  model.later.delete(taken.key)
  model.runs.add(taken.key)
}

describe('the work queue', () => {
  it('loses no key and runs none twice at once, whatever the order of things', async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 60 }), follow), { numRuns: 500 })
  })
})
