// The http probe on servers that misbehave: it always ends by its deadline, holds bounded memory, and never passes by mistake.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { HttpProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { contextWith, httpProbe } from './probe-context.ts'
import { drip, flood, serveHttp, serveRaw } from './servers.ts'

async function probed(answer: (socket: Socket) => void, overrides: Partial<HttpProbe> = {}) {
  const port = await serveRaw(answer)
  const [found] = await createProber()([httpProbe(port, overrides)], contextWith())
  return found
}

const head = 'HTTP/1.1 200 OK\r\n'
const bodyWanted = { expect: { status: [200], body: 'ok' } }

test.each<[string, string, string]>([
  ['never answers', '', ''],
  ['sends its headers letter by letter', '', 'H'],
  ['sends one header after another', head, 'X-A: b\r\n'],
  ['sends its body letter by letter', `${head}Content-Length: 5000\r\n\r\n`, 'o'],
  ['never ends its chunks', `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\no\r\n'],
])('ends at the deadline on a server that %s, and lets go of it', async (_case, opening, text) => {
  const gone = Promise.withResolvers<void>()
  const startedAt = performance.now()
  const found = await probed(
    (socket) => {
      socket.once('close', () => gone.resolve())
      drip(socket, opening, text)
    },
    { timeoutMs: 200 },
  )
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toMatch(/200 ms|broke off|does not speak/)
  await gone.promise
})

test.each<[string, string, RegExp]>([
  ['speaks another protocol', 'SSH-2.0-OpenSSH_9.2p1\r\n', /does not speak HTTP/],
  ['sends garbage', '\u0000\u0001\u0002\r\n\r\n', /does not speak HTTP/],
  [
    'sends larger headers than anybody needs',
    `${head}X-Big: ${'a'.repeat(1024 * 1024)}\r\n\r\n`,
    /headers are larger than/,
  ],
  ['closes without a word', '', /socket hang up/],
  ['promises more than it sends', `${head}Content-Length: 100\r\n\r\nok`, /broke off after 2 bytes/],
  ['ends in the middle of a chunk', `${head}Transfer-Encoding: chunked\r\n\r\nff\r\nok`, /broke off after 2 bytes/],
  [
    'contradicts itself on the length',
    `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!`,
    /does not speak HTTP/,
  ],
  [
    'smuggles a second framing',
    `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /does not speak HTTP/,
  ],
  ['switches the protocol', 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', /another protocol/],
])('does not pass a server that %s', async (_case, answer, evidence) => {
  const found = await probed((socket) => socket.end(answer))
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toMatch(evidence)
})

test('does not pass a server that resets the connection in the middle of its body', async () => {
  const found = await probed((socket) => {
    socket.write(`${head}Content-Length: 100\r\n\r\nok`, () => setImmediate(() => socket.resetAndDestroy()))
  })
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toMatch(/broke off|ECONNRESET/)
})

test('does not wait for the real answer behind endless interim ones', async () => {
  const found = await probed((socket) => flood(socket, Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n')))
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('interim')
})

test('judges no body larger than it reads, and stops reading', async () => {
  const gone = Promise.withResolvers<number>()
  const found = await probed((socket) => {
    socket.once('close', () => gone.resolve(socket.bytesWritten))
    socket.write(`${head}\r\n`)
    flood(socket, Buffer.alloc(64 * 1024, 'ok '))
  }, bodyWanted)
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('its body is larger than 4194304 bytes')
  // What was in the socket buffers of both sides comes on top of the cap.
  expect(await gone.promise).toBeLessThan(32 * 1024 * 1024)
})

test('does not need the end of a body that it does not judge', async () => {
  const found = await probed((socket) => {
    socket.write(`${head}\r\n`)
    flood(socket, Buffer.alloc(64 * 1024, 'x'))
  })
  expect(found).toMatchObject({ passed: true })
})

test('unpacks nothing: a compressed body is not judged', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'ok'))
  const port = await serveHttp((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  )
  const [found] = await createProber()([httpProbe(port, bodyWanted)], contextWith())
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('compressed')
})

test('follows no redirect', async () => {
  let requests = 0
  const port = await serveHttp((_request, response) => {
    requests += 1
    response.writeHead(302, { location: '/-/ready' }).end()
  })
  const [found] = await createProber()([httpProbe(port)], contextWith())
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('answered 302, expected 200, a redirect to "/-/ready"')
  expect(requests).toBe(1)
})

test('stops a pattern that would search for years', async () => {
  const startedAt = performance.now()
  const found = await probed((socket) => socket.end(`${head}\r\n${'a'.repeat(100_000)}b`), {
    expect: { status: [200], body: '(a+)+$' },
  })
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('was stopped')
})

test('parses no JSON that is nested like nothing real', async () => {
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
  const startedAt = performance.now()
  const found = await probed((socket) => socket.end(`${head}\r\n${deep}`), {
    expect: { status: [200], json: [{ path: '0.0.0', equals: 1 }] },
  })
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  expect(found?.message).toContain('nested deeper than 100 levels')
  expect(found).toMatchObject({ passed: false, certain: false })
})

test('shows an answer full of control characters on one line of at most 500 characters', async () => {
  const nasty = `\u001b[2Jroot: all is well\n\r\u0000\u202e${'€'.repeat(2_000)}`
  const found = await probed((socket) => socket.end(`HTTP/1.1 500 No\r\n\r\n${nasty}`))
  expect(found?.message).toContain('\\e[2Jroot: all is well')
  expect(found?.message).not.toMatch(/\p{C}/u)
  expect(found?.message.length).toBeLessThanOrEqual(500)
})

test('lets go of the connection after a good answer', async () => {
  const gone = Promise.withResolvers<unknown>()
  const found = await probed((socket) => {
    gone.resolve(once(socket, 'close'))
    socket.write(`${head}Content-Length: 2\r\n\r\nok`)
  }, bodyWanted)
  expect(found).toMatchObject({ passed: true })
  await gone.promise
})
