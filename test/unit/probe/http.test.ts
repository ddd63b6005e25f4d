// The http probe on well-behaved servers: what passes, what does not, and what the message says.
import { expect, test } from 'vitest'
import type { HttpProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { loopbackTransport } from './loopback-transport.ts'
import { contextWith, httpProbe } from './probe-context.ts'
import { serveHttp, serveRaw, unusedPort } from './servers.ts'

async function probed(probe: HttpProbe) {
  const [found] = await createProber()([probe], contextWith())
  return found
}

async function answering(body: string, expected: Partial<HttpProbe['expect']>, headers: Record<string, string> = {}) {
  const port = await serveHttp((_request, response) => response.writeHead(200, headers).end(body))
  return probed(httpProbe(port, { expect: { status: [200], ...expected } }))
}

test('passes on the expected status and says what was asked', async () => {
  const port = await serveHttp((_request, response) => response.end('Prometheus Server is Ready.\n'))
  expect(await probed(httpProbe(port))).toEqual({
    name: 'ready',
    passed: true,
    certain: false,
    message: `GET http://127.0.0.1:${port}/-/ready on monitoring answered 200`,
  })
})

test('accepts any of several statuses', async () => {
  const port = await serveHttp((_request, response) => response.writeHead(204).end())
  expect(await probed(httpProbe(port, { expect: { status: [200, 204] } }))).toMatchObject({ passed: true })
})

test('shows the answer where the status is another', async () => {
  const port = await serveHttp((_request, response) =>
    response.writeHead(503).end('Ingester not ready: waiting for 15s after being ready\n'),
  )
  const found = await probed(httpProbe(port))
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain(
    'answered 503, expected 200: "Ingester not ready: waiting for 15s after being ready"',
  )
})

test('sends one plain request with the headers of the probe, and asks for no compression', async () => {
  const seen: { method?: string; url?: string; headers: NodeJS.Dict<string | string[]> }[] = []
  const port = await serveHttp((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    response.end()
  })
  await probed(httpProbe(port, { path: '/a?b=c%20d', headers: { Host: 'grafana.nixmox.lan', 'X-Scope': '1' } }))
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({ method: 'GET', url: '/a?b=c%20d' })
  expect(seen[0]?.headers).toMatchObject({ host: 'grafana.nixmox.lan', 'x-scope': '1', 'accept-encoding': 'identity' })
  expect(seen[0]?.headers.connection).toBe('close')
})

test.each([
  ['a name', { database: 'ok' }, { path: 'database', equals: 'ok' }],
  ['an index', { data: [{ health: 'up' }] }, { path: 'data.0.health', equals: 'up' }],
  ['a number', { count: 3 }, { path: 'count', equals: 3 }],
  ['a truth value', { ready: false }, { path: 'ready', equals: false }],
])('finds %s in JSON', async (_case, document, wanted) => {
  expect(await answering(JSON.stringify(document), { json: [wanted] })).toMatchObject({ passed: true })
})

test.each([
  ['is another value', '{"database":"failing"}', 'but database is "failing", expected "ok"'],
  ['has another type', '{"database":["ok"]}', 'but database is a list'],
  ['is not there', '{"version":1}', 'has no database'],
  ['is only inherited', '[]', 'has no database'],
  ['is not JSON', '<html>', 'its body is not JSON'],
  ['is cut', '{"database":"ok"', 'its body is not JSON'],
  ['is empty', '', 'its body is not JSON'],
])('does not pass JSON where the value %s', async (_case, body, evidence) => {
  const found = await answering(body, { json: [{ path: 'database', equals: 'ok' }] })
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain(evidence)
})

test('finds no built-in property of JavaScript in JSON', async () => {
  const found = await answering('{"list":[1]}', { json: [{ path: 'list.length', equals: 1 }] })
  expect(found).toMatchObject({ passed: false })
})

const metrics = '# TYPE pg_up gauge\npg_up 0\npg_up_total 1\n'

test('matches a body line by line', async () => {
  expect(await answering(metrics, { body: '^pg_up 0$' })).toMatchObject({ passed: true })
  const found = await answering(metrics, { body: '^pg_up 1$' })
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('does not match /^pg_up 1$/')
})

test('reads bodies of every framing', async () => {
  const chunked = await serveHttp((_request, response) => {
    response.write('pg_')
    response.end('up 1\n')
  })
  const untilClosed = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\npg_up 1\n'))
  for (const port of [chunked, untilClosed]) {
    const found = await probed(httpProbe(port, { expect: { status: [200], body: '^pg_up 1$' } }))
    expect(found).toMatchObject({ passed: true })
  }
})

test('does not give up a service that refuses the connection: it may be starting', async () => {
  const port = await unusedPort()
  const found = await probed(httpProbe(port))
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('ECONNREFUSED')
})

test('says for certain that a request cannot be written, and lets go of the connection', async () => {
  const gone = Promise.withResolvers<void>()
  const port = await serveHttp((_request, response) => response.end())
  const open = loopbackTransport().connect
  const transport = loopbackTransport({
    connect: async (address, at, options) => {
      const stream = await open(address, at, options)
      return stream.once('close', gone.resolve)
    },
  })
  const [found] = await createProber()([httpProbe(port, { path: '/a b' })], contextWith({ transport }))
  expect(found).toMatchObject({ passed: false, certain: true })
  expect(found?.message).toContain('cannot be sent')
  await gone.promise
})

test('says for certain that a pattern is none', async () => {
  const found = await answering('x', { body: '(' })
  expect(found).toMatchObject({ passed: false, certain: true })
  expect(found?.message).toContain('is not a regular expression')
})
