// What the API answers.
import { describe, expect, test } from 'vitest'
import type { ComponentKey } from '../../../src/model/key.ts'
import { StoreError } from '../../../src/store/store.ts'
import { eventOf, hostRowOf, statusOf } from '../../support/store-rows.ts'
import { serving } from './serving.ts'

describe('health', () => {
  test('is ok while the process answers, and ready when the controller says so', async () => {
    let isReady = false
    await using it = await serving({}, { isReady: () => isReady })
    expect(await it.overTcp('/healthz')).toMatchObject({ status: 200, body: 'ok\n' })
    expect(await it.overTcp('/readyz')).toMatchObject({ status: 503, body: 'not ready\n' })
    isReady = true
    expect(await it.overTcp('/readyz')).toMatchObject({ status: 200, body: 'ready\n' })
    expect(await it.overTcp('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  test('metrics come in the text format of Prometheus', async () => {
    await using it = await serving()
    it.metrics.component(statusOf('prometheus@monitoring'))
    const answer = await it.overTcp('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(answer.body).toContain(
      'homeostat_component_state{component="prometheus",host="monitoring",state="healthy"} 1',
    )
  })
})

describe('components', () => {
  const keys: ComponentKey[] = ['a@x', 'a@y', 'b@x', 'c@z']

  test('are listed, filtered and paged, with what a table needs', async () => {
    await using it = await serving()
    for (const key of keys.toReversed()) it.statuses.set(key, statusOf(key))
    const list = async (query: string) => {
      const { json } = await it.overTcp(`/api/components${query}`)
      const { components, next } = json as { components: { key: string }[]; next: string | null }
      return [components.map((component) => component.key), next]
    }
    expect(await list('')).toEqual([keys, null])
    expect(await list('?component=a')).toEqual([['a@x', 'a@y'], null])
    expect(await list('?host=x')).toEqual([['a@x', 'b@x'], null])
    expect(await list('?limit=3')).toEqual([['a@x', 'a@y', 'b@x'], 'b@x'])
    expect(await list('?limit=3&after=b@x')).toEqual([['c@z'], null])
    const { json } = await it.overTcp('/api/components?limit=1')
    expect(json).toEqual({
      components: [
        {
          key: 'a@x',
          component: 'a',
          host: 'x',
          state: 'healthy.inSync',
          ready: 'True',
          reason: '',
          message: '',
          desired: statusOf('a@x').desired,
          lastGood: statusOf('a@x').lastGood,
          generation: 3,
          enteredAtMs: 1_795_000_000_000,
          updatedAtMs: 1_795_000_000_000,
          attempts: 0,
          dueAtMs: 0,
          heldBy: '',
        },
      ],
      next: 'a@x',
    })
  })

  test('are shown whole one by one', async () => {
    await using it = await serving()
    it.statuses.set('a@x', statusOf('a@x'))
    expect((await it.overTcp('/api/components/a@x')).json).toEqual(statusOf('a@x'))
    expect((await it.overTcp('/api/components/a%40x')).json).toEqual(statusOf('a@x'))
    expect(await it.overTcp('/api/components/b@x')).toMatchObject({
      status: 404,
      json: { error: 'nothing is known of b@x' },
    })
  })
})

test('hosts, events and issues are listed', async () => {
  const issue = { file: 'a.yaml', line: 3, column: 1, path: 'spec.port', message: 'expected a port' }
  await using it = await serving({}, { issues: () => [issue] })
  await it.store.write({
    hosts: [hostRowOf('x')],
    events: [eventOf('One', { key: 'a@x' }), eventOf('Two', { key: 'b@x' }), eventOf('Three', { key: 'a@y' })],
  })
  expect((await it.overTcp('/api/hosts')).json).toEqual({ hosts: [hostRowOf('x')] })
  expect((await it.overTcp('/api/issues')).json).toEqual({ issues: [issue] })
  const reasons = async (query: string) =>
    ((await it.overTcp(`/api/events${query}`)).json as { events: { reason: string }[] }).events.map((e) => e.reason)
  expect(await reasons('')).toEqual(['One', 'Two', 'Three'])
  expect(await reasons('?component=a')).toEqual(['One', 'Three'])
  expect(await reasons('?key=b@x')).toEqual(['Two'])
  expect(await reasons('?afterId=1&limit=1')).toEqual(['Three'])
})

describe('a pass can be asked for', () => {
  const post = (body: unknown) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

  test('for what was before, and for what was taken back', async () => {
    await using it = await serving()
    it.known.push('a@x', 'a@y')
    expect((await it.overSocket('/api/rollback', post({ component: 'a', host: 'x', to: 4 }))).json).toEqual({
      keys: ['a@x'],
      asked: [{ key: 'a@x', does: 'goes back to 4' }],
    })
    expect(await it.overSocket('/api/rollback', post({ component: 'a', to: 1 }))).toMatchObject({
      status: 409,
      json: { error: 'there is no generation 1 of a@x; there is no generation 1 of a@y' },
    })
    expect(await it.overSocket('/api/rollback', post({ component: 'b' }))).toMatchObject({ status: 404 })
    expect(await it.overSocket('/api/rollback', post({ component: 'a', to: -1 }))).toMatchObject({ status: 400 })
    expect(
      (await it.overSocket('/api/unquarantine', post({ component: 'a', host: 'y', revision: '3f9a' }))).json,
    ).toEqual({
      keys: ['a@y'],
      asked: [{ key: 'a@y', does: 'may be brought to 3f9a again' }],
    })
  })

  test('over a component on all its hosts or on one', async () => {
    await using it = await serving()
    it.known.push('a@x', 'a@y', 'b@x')
    expect(await it.overSocket('/api/reconcile', post({ component: 'a' }))).toMatchObject({
      status: 202,
      json: { keys: ['a@x', 'a@y'] },
    })
    expect((await it.overSocket('/api/reconcile', post({ component: 'b', host: 'x' }))).json).toEqual({
      keys: ['b@x'],
      asked: [{ key: 'b@x', does: 'is looked at now' }],
    })
    expect(it.asked).toEqual(['a@x', 'a@y', 'b@x'])
    expect(await it.overSocket('/api/reconcile', post({ component: 'b', host: 'y' }))).toMatchObject({
      status: 404,
      json: { error: 'there is no component b@y' },
    })
    expect((await it.overSocket('/api/confirm-removal', post({ component: 'b' }))).json).toEqual({ keys: ['b@x'] })
    expect(await it.overSocket('/api/confirm-removal', post({ all: '3f9a' }))).toMatchObject({
      status: 409,
      json: { error: 'nothing is known of {"all":"3f9a"}' },
    })
    expect(await it.overSocket('/api/confirm-removal', post({ all: '3f9a', component: 'b' }))).toMatchObject({
      status: 400,
      json: { error: 'body: expected { component }, { component, host } or { all }' },
    })
  })

  test('or that changes go on although most hosts went wrong, which is refused where nothing had stopped them', async () => {
    await using it = await serving()
    expect(await it.overSocket('/api/unfreeze', post({}))).toMatchObject({ status: 202 })
    expect(await it.overSocket('/api/unfreeze', post({}))).toMatchObject({
      status: 409,
      json: { error: 'nothing is frozen' },
    })
  })

  test('but not by a body that says something else', async () => {
    await using it = await serving()
    const answer = async (ask: Parameters<typeof it.overSocket>[1]) => {
      const { status, json } = await it.overSocket('/api/reconcile', ask)
      return [status, (json as { error: string }).error]
    }
    expect(await answer(post({ components: 'a' }))).toEqual([400, expect.stringContaining('component')])
    expect(await answer(post({ component: 'a', force: true }))).toEqual([400, expect.stringContaining('force')])
    expect(await answer({ ...post(0), body: '{' })).toEqual([400, 'the body is not JSON'])
    expect(await answer({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })).toEqual([
      415,
      'the body must be application/json',
    ])
    expect(await answer(post({ component: 'x'.repeat(70_000) }))).toEqual([413, expect.stringContaining('65536')])
    expect(it.asked).toEqual([])
  })
})

describe('what cannot be answered', () => {
  test.each([
    ['/api/nothing', 'GET', 404],
    ['/', 'GET', 404],
    ['/api/hosts', 'POST', 405],
    ['/api/reconcile', 'GET', 405],
    ['/healthz', 'DELETE', 405],
    ['/api/events?limit=-1', 'GET', 400],
    ['/api/events?limt=5', 'GET', 400],
    ['/api/events?key=a', 'GET', 400],
    ['/api/components/%zz', 'GET', 400],
    ['/api/components?limit=1e9', 'GET', 400],
  ])('%s by %s is told so with %i', async (path, method, status) => {
    await using it = await serving()
    const answer = await it.overSocket(path, { method })
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual({ error: expect.stringMatching(/.{10}/) })
    expect(it.problems).toEqual([])
  })

  test('for a reason of ours tells the client nothing of it, and the log all', async () => {
    const error = new StoreError('io', 'reading /secret/place: disk I/O error')
    const store = { hosts: async () => Promise.reject(error), events: async () => [] }
    await using it = await serving({}, { store })
    const answer = await it.overTcp('/api/hosts')
    expect([answer.status, answer.json]).toEqual([500, { error: 'this could not be answered; the log says why' }])
    expect(it.problems).toEqual([error])
  })
})
