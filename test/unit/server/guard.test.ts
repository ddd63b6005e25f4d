// Who is let in: not the web pages in the user's browser, and nobody who keeps a connection busy with nothing.

import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer as createNetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startServer } from '../../../src/server/server.ts'
import { startChild } from '../../support/child.ts'
import { type Ask, serving } from './serving.ts'

const post = (headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ component: 'a' }),
})
const marked = { 'x-homeostat-request': 'cli' }

describe('a name that was made to point here', () => {
  test.each(['evil.example', 'evil.example:9095', 'localhost.evil.example', '127.0.0.1.evil.example', '[evil]'])(
    'the Host header %j is refused everywhere',
    async (host) => {
      await using it = await serving()
      for (const ask of [it.overTcp, it.overSocket]) {
        for (const path of ['/metrics', '/api/components', '/healthz', '/api/events/stream']) {
          expect((await ask(path, { headers: { host } })).status).toBe(403)
        }
      }
    },
  )

  test.each([
    'localhost',
    'localhost:9095',
    'LOCALHOST',
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]:9095',
    '192.168.99.2:9095',
  ])('the Host header %j is let in', async (host) => {
    await using it = await serving()
    expect((await it.overTcp('/healthz', { headers: { host } })).status).toBe(200)
  })
})

describe('a change', () => {
  test('over the unix socket needs nothing but the right to open it', async () => {
    await using it = await serving()
    it.known.push('a@x')
    expect((await it.overSocket('/api/reconcile', post())).status).toBe(202)
  })

  test('over TCP needs the header that a page cannot send without being let', async () => {
    await using it = await serving()
    it.known.push('a@x')
    expect((await it.overTcp('/api/reconcile', post())).status).toBe(403)
    expect((await it.overTcp('/api/reconcile', post({ ...marked, host: 'evil.example' }))).status).toBe(403)
    expect(it.asked).toEqual([])
    expect((await it.overTcp('/api/reconcile', post(marked))).status).toBe(202)
  })

  test.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])(
    'that a browser sends over a relay to the unix socket (%j) needs that header too',
    async (sign) => {
      await using it = await serving()
      it.known.push('a@x')
      expect((await it.overSocket('/api/reconcile', post(sign))).status).toBe(403)
      expect((await it.overSocket('/api/reconcile', post({ ...sign, ...marked }))).status).toBe(202)
    },
  )

  test('is not announced to other origins', async () => {
    await using it = await serving()
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const answer = await it.overTcp('/api/reconcile', { method: 'OPTIONS', headers })
    expect(answer.status).toBe(403)
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

test('every answer keeps a browser from guessing, framing and storing it', async () => {
  await using it = await serving()
  for (const path of ['/healthz', '/metrics', '/api/hosts', '/nothing']) {
    expect((await it.overTcp(path)).headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
    })
  }
})

describe('a client that wastes our time', () => {
  const talk = async (port: number, text: string) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
    })
    socket.on('error', () => undefined)
    socket.write(text)
    return { socket, heard: () => heard }
  }

  test('by huge headers is sent away', async () => {
    await using it = await serving()
    const { socket, heard } = await talk(
      it.server.port ?? 0,
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    )
    await once(socket, 'close')
    expect(heard()).toMatch(/^HTTP\/1\.1 431/)
  })

  test('by never ending its headers is sent away', async () => {
    await using it = await serving({ headersTimeoutMs: 200 })
    const { socket, heard } = await talk(it.server.port ?? 0, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n')
    await once(socket, 'close')
    expect(heard()).toMatch(/^HTTP\/1\.1 408/)
  })

  test('by too many connections leaves room for nobody else but costs no more', async () => {
    await using it = await serving()
    const sockets: Socket[] = []
    for (let n = 0; n < 130; n++) {
      const socket = connect(it.server.port ?? 0, '127.0.0.1')
      socket.on('error', () => undefined)
      sockets.push(socket)
      await once(socket, 'connect')
    }
    await Promise.race(sockets.slice(128).map((socket) => once(socket, 'close')))
    expect((await it.overSocket('/healthz')).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })
})

describe('the unix socket', () => {
  test('is for its owner alone and goes with the server', async () => {
    const it = await serving()
    expect(statSync(it.socketPath).mode & 0o777).toBe(0o600)
    await it.server.close()
    expect(readdirSync(it.directory)).toEqual([])
    await it[Symbol.asyncDispose]()
  })

  test('of a controller that was killed is taken over', async () => {
    await using it = await serving()
    const path = join(it.directory, 'other.sock')
    const child = startChild(join(import.meta.dirname, 'socket-holder.ts'), path)
    expect(await child.line()).toBe('listening')
    await expect(serving({ socketPath: path })).rejects.toThrow('another controller answers there')
    await child.kill()
    expect(existsSync(path)).toBe(true)
    await using next = await serving({ socketPath: path })
    expect((await next.overTcp('/healthz')).status).toBe(200)
  })

  test('does not replace a file that is no socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'server-'))
    const path = join(directory, 'http.sock')
    writeFileSync(path, 'precious')
    await expect(serving({ socketPath: path })).rejects.toThrow('no socket is in the way')
    expect(existsSync(path)).toBe(true)
    rmSync(directory, { recursive: true })
  })

  test('with a path that is too long is refused in words', async () => {
    await expect(serving({ socketPath: `/tmp/${'x'.repeat(120)}` })).rejects.toThrow('at most 107 bytes')
  })
})

test('a taken port is told, and the unix socket is not left behind', async () => {
  const other = createNetServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const directory = mkdtempSync(join(tmpdir(), 'server-'))
  await using it = await serving()
  const unused = async () => ({ asked: [], problems: [] })
  const tools = {
    ...it,
    asks: { reconcile: () => [], rollBack: unused, unquarantine: unused },
    confirmRemoval: () => ({ keys: [] }),
    unfreeze: () => false,
    issues: () => [],
    isReady: () => true,
    onProblem: () => undefined,
  }
  const options = { socketPath: join(directory, 'http.sock'), tcp: { address: '127.0.0.1', port } }
  await expect(startServer(tools, options)).rejects.toThrow(`127.0.0.1:${port}: another program listens there`)
  expect(readdirSync(directory)).toEqual([])
  rmSync(directory, { recursive: true })
  other.close()
})
