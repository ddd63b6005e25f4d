// The semaphore that keeps a connection within its number of channels.
import { describe, expect, it } from 'vitest'
import { Slots } from '../../../src/transport/slots.ts'

const patient = new AbortController().signal

/** Whether the promise has settled by now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await new Promise(setImmediate)
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending
}

describe('slots', () => {
  it('lets in as many as the limit and the next when one leaves, in order', async () => {
    const slots = new Slots(2)
    const first = await slots.acquire(patient)
    await slots.acquire(patient)
    const third = slots.acquire(patient)
    const fourth = slots.acquire(patient)
    expect(await isPending(third)).toBe(true)
    first()
    first()
    expect(await isPending(third)).toBe(false)
    expect(await isPending(fourth)).toBe(true)
    expect(slots.usedCount).toBe(2)
  })

  it('forgets one that stopped waiting', async () => {
    const slots = new Slots(1)
    const release = await slots.acquire(patient)
    const controller = new AbortController()
    const gone = slots.acquire(controller.signal)
    const next = slots.acquire(patient)
    controller.abort(new Error('no time left'))
    await expect(gone).rejects.toThrow('no time left')
    release()
    expect(await isPending(next)).toBe(false)
    expect(slots.usedCount).toBe(1)
  })

  it('gives a freed slot to nobody while the lowered limit is passed, and never sinks below one', async () => {
    const slots = new Slots(8)
    const releases = await Promise.all(Array.from({ length: 4 }, () => slots.acquire(patient)))
    slots.lowerTo(2)
    slots.lowerTo(5)
    expect(slots.limit).toBe(2)
    const waiting = slots.acquire(patient)
    releases[0]?.()
    releases[1]?.()
    expect(await isPending(waiting)).toBe(true)
    releases[2]?.()
    expect(await isPending(waiting)).toBe(false)
    slots.lowerTo(0)
    expect(slots.limit).toBe(1)
  })

  it('turns away more than can reasonably wait', async () => {
    const slots = new Slots(1)
    const release = await slots.acquire(patient)
    const controller = new AbortController()
    const waiting = Array.from({ length: 4096 }, () => slots.acquire(controller.signal).catch(() => 'stopped'))
    await expect(slots.acquire(patient)).rejects.toThrow('already wait')
    controller.abort()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['stopped']))
    release()
  })
})
