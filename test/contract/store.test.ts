// What every store must do, on each implementation.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { ComponentKey } from '../../src/model/key.ts'
import type { ComponentStatus, Event } from '../../src/model/status.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { MAX_DETAILS_CHARACTERS, MAX_MESSAGE_CHARACTERS } from '../../src/store/rows.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { eventOf, hostRowOf, revisionOf, statusOf, targetOf } from '../support/store-rows.ts'

type Open = (options?: { maxEvents?: number }) => Promise<Store>

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const implementations: Record<string, Open> = {
  memory: async (options) => createMemoryStore(options),
  sqlite: async (options) => {
    const directory = mkdtempSync(join(tmpdir(), 'store-contract-'))
    cleanups.push(() => rmSync(directory, { recursive: true }))
    const store = await openSqliteStore(join(directory, 'store.sqlite'), { mode: 'writer', nowMs: 0, ...options })
    cleanups.push(() => store.close())
    return store
  },
}

describe.each(Object.entries(implementations))('the %s store', (_, open) => {
  test('starts empty', async () => {
    const store = await open()
    expect(await store.get('a@x')).toBeUndefined()
    expect(await store.target(revisionOf('none'))).toBeUndefined()
    expect(await store.host('x')).toBeUndefined()
    expect([await store.list(), await store.hosts(), await store.events({}), await store.documents()]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })

  test('gives back what was written', async () => {
    const store = await open()
    const status = statusOf('prometheus@monitoring', {
      intent: { operationId: 'op-1', kind: 'apply', cause: 'spec', generation: 4, fence: 9, startedAtMs: 5 },
      dependsOn: [{ component: 'node-exporter', soft: true }],
      removal: { askedAtMs: 6, confirmedAtMs: 7 },
    })
    const event = eventOf('Applied', {
      key: status.key,
      cause: 'spec',
      revision: revisionOf('good'),
      operationId: 'op-1',
      details: { output: 'tab\there ünïcode \u0000', list: [1, null] },
    })
    await store.write({
      statuses: [status],
      targets: [targetOf('good')],
      events: [event],
      hosts: [hostRowOf('monitoring', { fence: 9 })],
      documents: [{ path: 'stack.yaml', text: 'kind: Component\n' }],
    })
    expect(await store.get(status.key)).toEqual(status)
    expect(await store.list()).toEqual([status])
    expect(await store.target(revisionOf('good'))).toEqual(targetOf('good'))
    expect(await store.events({})).toEqual([{ id: 1, ...event }])
    expect(await store.host('monitoring')).toEqual(hostRowOf('monitoring', { fence: 9 }))
    expect(await store.documents()).toEqual([{ path: 'stack.yaml', text: 'kind: Component\n' }])
  })

  test('replaces a status as a whole', async () => {
    const store = await open()
    await store.write({ statuses: [statusOf('a@x', { generation: 1 })] })
    const { lastGood: _, ...later } = statusOf('a@x', { generation: 2 })
    await store.write({ statuses: [later] })
    expect(await store.list()).toEqual([later])
  })

  test('keeps a field that this version does not know', async () => {
    const store = await open()
    const status = { ...statusOf('a@x'), later: { kept: true } }
    await store.write({ statuses: [status] })
    expect(await store.get('a@x')).toEqual(status)
  })

  test('sorts statuses, hosts and documents byte by byte', async () => {
    const store = await open()
    const keys: ComponentKey[] = ['b@x', 'a@y', 'a@x', 'a-b@x', 'a.b@x']
    await store.write({ statuses: keys.map((key) => statusOf(key)), hosts: ['z', 'y'].map((name) => hostRowOf(name)) })
    await store.write({ documents: ['b.yaml', 'a.yaml'].map((path) => ({ path, text: '' })) })
    expect((await store.list()).map((status) => status.key)).toEqual([...keys].sort())
    expect((await store.hosts()).map((host) => host.name)).toEqual(['y', 'z'])
    expect((await store.documents()).map((document) => document.path)).toEqual(['a.yaml', 'b.yaml'])
  })

  test('lists of thousands are whole, two at once and while others are written', async () => {
    const store = await open()
    const keys = Array.from({ length: 1_200 }, (_, at): ComponentKey => `c${String(at).padStart(4, '0')}@x`)
    await store.write({ statuses: keys.map((key) => statusOf(key)) })
    const lists = Promise.all([store.list(), store.list()])
    await store.write({ statuses: keys.slice(0, 3).map((key) => statusOf(key)) })
    for (const list of await lists) expect(list.map((status) => status.key)).toEqual(keys)
  })

  test('deletes statuses and forgets documents', async () => {
    const store = await open()
    await store.write({
      statuses: [statusOf('a@x'), statusOf('b@x')],
      documents: [
        { path: 'a.yaml', text: 'a' },
        { path: 'b.yaml', text: 'b' },
      ],
    })
    await store.write({ deletes: ['a@x', 'unknown@x'], forgetDocuments: ['b.yaml'] })
    expect((await store.list()).map((status) => status.key)).toEqual(['b@x'])
    expect(await store.documents()).toEqual([{ path: 'a.yaml', text: 'a' }])
  })

  test('shares nothing with the caller', async () => {
    const store = await open()
    const status = statusOf('a@x')
    await store.write({ statuses: [status] })
    status.generation = 99
    const read = await store.get('a@x')
    if (read) read.generation = 98
    expect((await store.get('a@x'))?.generation).toBe(3)
  })

  test('refuses a value that would not read back, and then writes nothing of the change', async () => {
    const store = await open()
    const bad = statusOf('b@x', { generation: Number.NaN })
    const change = {
      statuses: [statusOf('a@x'), bad],
      documents: [{ path: 'a', text: '' }],
      events: [eventOf('Applied')],
    }
    await expect(store.write(change)).rejects.toMatchObject({ kind: 'row', row: 'status b@x' })
    const badEvent = { ...eventOf('Applied'), type: 'Odd' } as unknown as Event
    await expect(store.write({ statuses: [statusOf('a@x')], events: [badEvent] })).rejects.toMatchObject({
      kind: 'row',
    })
    expect([await store.list(), await store.documents(), await store.events({})]).toEqual([[], [], []])
    await store.write({ statuses: [statusOf('a@x')] })
    expect(await store.list()).toHaveLength(1)
  })

  test('never lowers the operation token of a host', async () => {
    const store = await open()
    await store.write({ hosts: [hostRowOf('x', { fence: 7 })] })
    await store.write({ hosts: [hostRowOf('x', { fence: 3, reachable: false, message: 'no route' })] })
    expect(await store.host('x')).toEqual(hostRowOf('x', { fence: 7, reachable: false, message: 'no route' }))
    await store.write({ hosts: [hostRowOf('x', { fence: 8 })] })
    expect((await store.host('x'))?.fence).toBe(8)
  })

  test('keeps the first of two targets with the same revision', async () => {
    const store = await open()
    await store.write({ targets: [targetOf('good', { host: 'first' })] })
    await store.write({ targets: [targetOf('good', { host: 'second' })] })
    expect((await store.target(revisionOf('good')))?.host).toBe('first')
  })

  test('finds events by key, component, host and id, the newest ones, in ascending order', async () => {
    const store = await open()
    await store.write({
      events: [
        eventOf('One', { key: 'a@x' }),
        eventOf('Two', { key: 'a@y' }),
        eventOf('Three', { key: 'b@x' }),
        eventOf('Four', { host: 'x' }),
        eventOf('Five'),
      ],
    })
    const reasons = async (query: Parameters<Store['events']>[0]) => (await store.events(query)).map((e) => e.reason)
    expect(await reasons({})).toEqual(['One', 'Two', 'Three', 'Four', 'Five'])
    expect(await reasons({ key: 'a@x' })).toEqual(['One'])
    expect(await reasons({ component: 'a' })).toEqual(['One', 'Two'])
    expect(await reasons({ host: 'x' })).toEqual(['One', 'Three', 'Four'])
    expect(await reasons({ component: 'a', host: 'y' })).toEqual(['Two'])
    expect(await reasons({ afterId: 3 })).toEqual(['Four', 'Five'])
    expect(await reasons({ limit: 2 })).toEqual(['Four', 'Five'])
    expect(await reasons({ host: 'x', limit: 2 })).toEqual(['Three', 'Four'])
    expect(await reasons({ limit: 0 })).toEqual([])
    await store.write({ events: [eventOf('Early', { atMs: 5 }), eventOf('Late', { atMs: 1_795_000_000_001 })] })
    expect(await reasons({ sinceMs: 1_795_000_000_001 })).toEqual(['Late'])
    expect(await reasons({ sinceMs: 1_795_000_000_000, host: 'x' })).toEqual(['One', 'Three', 'Four'])
  })

  test('gives 100 events when the query does not say', async () => {
    const store = await open()
    await store.write({ events: Array.from({ length: 150 }, (_, n) => eventOf(`E${n}`)) })
    const events = await store.events({})
    expect([events.length, events[0]?.reason, events[99]?.reason]).toEqual([100, 'E50', 'E149'])
  })

  test('never keeps more events than its cap, and gives no id twice', async () => {
    const store = await open({ maxEvents: 10 })
    for (let batch = 0; batch < 5; batch++) {
      await store.write({ events: Array.from({ length: 7 }, (_, n) => eventOf(`E${batch * 7 + n}`)) })
    }
    const kept = await store.events({ limit: 1000 })
    expect(kept.map((event) => event.reason)).toEqual(Array.from({ length: 10 }, (_, n) => `E${25 + n}`))
    expect(kept.map((event) => event.id)).toEqual(Array.from({ length: 10 }, (_, n) => 26 + n))
  })

  test('gives no id twice after everything was pruned', async () => {
    const store = await open()
    await store.write({ events: [eventOf('One'), eventOf('Two')] })
    expect(await store.prune(Number.MAX_SAFE_INTEGER)).toBe(2)
    await store.write({ events: [eventOf('Three')] })
    expect((await store.events({})).map((event) => event.id)).toEqual([3])
  })

  test('cuts the message and leaves out the details of an event that are too large', async () => {
    const store = await open()
    const event = eventOf('Failed', { message: 'x'.repeat(100_000), details: { output: 'y'.repeat(100_000) } })
    await store.write({ events: [event] })
    const [kept] = await store.events({})
    expect(kept?.message).toHaveLength(MAX_MESSAGE_CHARACTERS)
    expect(JSON.stringify(kept?.details).length).toBeLessThan(MAX_DETAILS_CHARACTERS)
    expect(kept?.details).toEqual({ omitted: expect.stringMatching(/^details of \d+ characters$/) })
  })

  test('prunes old events and targets that no status names, and nothing else', async () => {
    const store = await open()
    const named = ['desired', 'good', 'intent', 'context'].map((text) => targetOf(text))
    const status: ComponentStatus = statusOf('a@x', {
      desired: revisionOf('desired'),
      lastGood: revisionOf('good'),
      lifecycle: { machineVersion: 1, value: 'healthy', context: { candidates: [revisionOf('context')] } },
      intent: {
        operationId: 'op',
        kind: 'rollback',
        cause: 'rollback',
        revision: revisionOf('intent'),
        generation: 1,
        fence: 1,
        startedAtMs: 0,
      },
    })
    await store.write({
      statuses: [status],
      targets: [...named, targetOf('unnamed'), targetOf('unnamed too')],
      events: [eventOf('Old', { atMs: 99 }), eventOf('New', { atMs: 100 })],
    })
    expect(await store.prune(100)).toBe(3)
    expect((await store.events({})).map((event) => event.reason)).toEqual(['New'])
    expect(await store.target(revisionOf('unnamed'))).toBeUndefined()
    for (const target of named) expect(await store.target(target.revision)).toEqual(target)
    expect(await store.list()).toEqual([status])
    expect(await store.prune(100)).toBe(0)
  })

  test('may be closed twice', async () => {
    const store = await open()
    await store.close()
    await store.close()
  })
})
