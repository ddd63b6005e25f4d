// The event bus: everybody hears, in order, and nobody holds anybody up.
import { expect, test } from 'vitest'
import { type BusMessage, createBus, type Subscription } from '../../../src/telemetry/events.ts'

const forgotten = (n: number): BusMessage => ({ kind: 'forgotten', key: `component-${n}@host` })

async function read(subscription: Subscription, count: number) {
  const messages = []
  for await (const message of subscription) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

test('every reader hears everything told since it came, in order', async () => {
  const bus = createBus()
  bus.emit(forgotten(0))
  const [first, second] = [bus.subscribe(), bus.subscribe()]
  const reading = read(first, 3)
  for (const n of [1, 2, 3]) bus.emit(forgotten(n))
  expect(await reading).toEqual([1, 2, 3].map(forgotten))
  expect(await read(second, 3)).toEqual([1, 2, 3].map(forgotten))
})

test('a reader that waits is woken by the next message', async () => {
  const bus = createBus()
  const reading = read(bus.subscribe(), 2)
  for (const n of [1, 2]) {
    await Promise.resolve()
    bus.emit(forgotten(n))
  }
  expect(await reading).toEqual([1, 2].map(forgotten))
})

test('a slow reader loses the oldest, is told how many, and costs the others nothing', async () => {
  const bus = createBus()
  const slow = bus.subscribe({ limit: 3 })
  const quick = bus.subscribe({ limit: 100 })
  for (let n = 1; n <= 10; n++) bus.emit(forgotten(n))
  expect(await read(slow, 4)).toEqual([{ kind: 'dropped', count: 7 }, ...[8, 9, 10].map(forgotten)])
  expect(await read(quick, 10)).toHaveLength(10)
})

test('a reader that goes away is forgotten, by leaving the loop and by closing', async () => {
  const bus = createBus()
  const left = bus.subscribe()
  const closed = bus.subscribe()
  expect(bus.readerCount).toBe(2)
  bus.emit(forgotten(1))
  await read(left, 1)
  const waiting = read(closed, 5)
  closed.close()
  expect(await waiting).toEqual([forgotten(1)])
  expect(bus.readerCount).toBe(0)
  bus.emit(forgotten(2))
})
