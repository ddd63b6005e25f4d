// The stream of events: nothing is missed, nothing comes twice, and nobody is waited for.
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { eventOf, hostRowOf, statusOf } from '../../support/store-rows.ts'
import { serving } from './serving.ts'

interface Message {
  event?: string
  id?: string
  data?: unknown
  comment?: true
}

/** Reads server-sent events from a unix socket, one by one. */
async function listen(socketPath: string, path = '/api/events/stream', headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
  const sent = request({ socketPath, path, headers: { host: 'localhost', ...headers }, agent: false }, resolve)
  sent.on('error', reject).end()
  const response = await promise
  const messages = parse(response)
  return {
    status: response.statusCode,
    response,
    next: async () => {
      const timer = setTimeout(() => sent.destroy(new Error('no message within 30 s')), 30_000)
      const { value } = await messages.next()
      clearTimeout(timer)
      return value as Message | undefined
    },
    close: () => sent.destroy(),
  }
}

async function* parse(response: import('node:http').IncomingMessage): AsyncGenerator<Message> {
  let message: Message = {}
  for await (const line of createInterface({ input: response })) {
    const [name, value = ''] = line.split(/: ?(.*)/s)
    if (line === '' && Object.keys(message).length > 0) yield message
    if (line === '') message = {}
    else if (name === '') message.comment = true
    else if (name === 'data') message.data = JSON.parse(value)
    else if (name === 'event' || name === 'id') message[name] = value
  }
}

type Serving = Awaited<ReturnType<typeof serving>>
async function happen(it: Serving, reason: string) {
  const event = eventOf(reason, { key: 'a@x' })
  await it.store.write({ events: [event] })
  it.bus.emit({ kind: 'event', event })
}

test('tells what happens from now on, with the ids of the store', async () => {
  await using it = await serving()
  await happen(it, 'Before')
  const client = await listen(it.socketPath)
  await happen(it, 'One')
  it.bus.emit({ kind: 'status', status: statusOf('a@x') })
  it.bus.emit({ kind: 'forgotten', key: 'b@x' })
  it.bus.emit({ kind: 'host', host: hostRowOf('x') })
  expect(await client.next()).toEqual({
    event: 'event',
    id: '2',
    data: expect.objectContaining({ id: 2, reason: 'One' }),
  })
  expect(await client.next()).toEqual({
    event: 'status',
    data: expect.objectContaining({ key: 'a@x', state: 'healthy.inSync' }),
  })
  expect(await client.next()).toEqual({ event: 'forgotten', data: { key: 'b@x' } })
  expect(await client.next()).toEqual({ event: 'host', data: hostRowOf('x') })
  client.close()
})

test.each([
  ['the header of a browser that comes back', '/api/events/stream', { 'last-event-id': '1' }],
  ['a parameter', '/api/events/stream?afterId=1', {}],
])('picks up where %s says', async (_, path, headers) => {
  await using it = await serving()
  for (const reason of ['One', 'Two', 'Three']) await happen(it, reason)
  const client = await listen(it.socketPath, path, headers)
  expect((await client.next())?.id).toBe('2')
  expect((await client.next())?.id).toBe('3')
  await happen(it, 'Four')
  expect((await client.next())?.id).toBe('4')
  client.close()
})

test('a thousand events at once come all, in order, each once', async () => {
  await using it = await serving({ stream: { maxWaiting: 4 } })
  const client = await listen(it.socketPath)
  for (let n = 0; n < 1000; n++) await happen(it, `E${n}`)
  const ids: string[] = []
  while (ids.length < 1000) {
    const message = await client.next()
    if (message?.event === 'event') ids.push(message.id ?? '')
  }
  expect(ids).toEqual(Array.from({ length: 1000 }, (_, n) => String(n + 1)))
  client.close()
})

test('a client that missed more than it is sent is told how much', async () => {
  await using it = await serving()
  await it.store.write({ events: Array.from({ length: 1500 }, (_, n) => eventOf(`E${n}`)) })
  const client = await listen(it.socketPath, '/api/events/stream?afterId=0')
  expect(await client.next()).toEqual({ event: 'dropped', data: { count: 500 } })
  expect((await client.next())?.id).toBe('501')
  client.close()
})

test('a quiet stream shows that it lives', async () => {
  await using it = await serving({ stream: { heartbeatMs: 20 } })
  const client = await listen(it.socketPath)
  expect(await client.next()).toEqual({ comment: true })
  client.close()
})

test('a client that takes nothing is cut off, and holds nobody up', async () => {
  await using it = await serving({ stream: { stallMs: 200, maxWaiting: 8 } })
  const slow = await listen(it.socketPath)
  slow.response.pause()
  const quick = await listen(it.socketPath)
  const big = {
    ...statusOf('a@x'),
    conditions: statusOf('a@x').conditions.map((c) => ({
      ...c,
      status: 'False' as const,
      message: 'x'.repeat(1_000_000),
    })),
  }
  for (let n = 0; n < 8; n++) it.bus.emit({ kind: 'status', status: big })
  for (let n = 0; n < 8; n++) expect((await quick.next())?.event).toBe('status')
  await expect.poll(() => it.bus.readerCount, { timeout: 30_000 }).toBe(1)
  quick.close()
  await expect.poll(() => it.bus.readerCount, { timeout: 30_000 }).toBe(0)
  slow.close()
})

test('only so many may listen', async () => {
  await using it = await serving({ stream: { maxStreams: 1 } })
  const first = await listen(it.socketPath)
  expect((await listen(it.socketPath)).status).toBe(503)
  first.close()
  await expect.poll(() => it.bus.readerCount, { timeout: 30_000 }).toBe(0)
  const next = await listen(it.socketPath)
  expect(next.status).toBe(200)
  next.close()
})

test('ends with the server', async () => {
  await using it = await serving()
  const client = await listen(it.socketPath)
  await it.server.close()
  await expect(client.next()).rejects.toThrow('aborted')
  await expect.poll(() => it.bus.readerCount, { timeout: 30_000 }).toBe(0)
})
