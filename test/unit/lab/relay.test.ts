// The relay between 127.0.0.1 and a unix socket, with real sockets and a real HTTP server behind it.

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Relay, startRelay } from '../../../src/lab/relay.ts'

let directory: string
let socketPath: string
let service: Server
let relay: Relay
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-'))
  socketPath = join(directory, 'http.sock')
  service = createServer((request, response) => {
    if (request.url === '/never') return
    request.pipe(response)
  })
  relay = await startRelay({ socketPath, port: 0, maxConnections: 2 })
})
afterEach(async () => {
  await relay.close()
  service.closeAllConnections()
  service.close()
  await rm(directory, { recursive: true })
})

const listen = () => new Promise<void>((resolve) => service.listen(socketPath, resolve))

describe('the relay', () => {
  test('passes requests and answers on, byte for byte', async () => {
    await listen()
    const body = Buffer.alloc(3_000_000, 'homeostat')
    const answer = await fetch(`http://127.0.0.1:${relay.port}/`, { method: 'POST', body })
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true)
  })

  test('closes a connection while there is no service yet, and serves the next once there is', async () => {
    await expect(fetch(`http://127.0.0.1:${relay.port}/`)).rejects.toThrow('fetch failed')
    await listen()
    expect((await fetch(`http://127.0.0.1:${relay.port}/`)).status).toBe(200)
  })

  test('takes no more connections than it was told', async () => {
    await listen()
    const held = [connect(relay.port, '127.0.0.1'), connect(relay.port, '127.0.0.1')]
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    const third = connect(relay.port, '127.0.0.1')
    await once(third, 'close')
    expect(held.map((socket) => socket.destroyed)).toEqual([false, false])
    for (const socket of held) socket.destroy()
  })

  test('ends open connections when it is closed', async () => {
    await listen()
    const pending = fetch(`http://127.0.0.1:${relay.port}/never`)
    await once(service, 'request')
    await relay.close()
    await expect(pending).rejects.toThrow('fetch failed')
  })

  test('says so when the port is taken', async () => {
    await expect(startRelay({ socketPath, port: relay.port })).rejects.toThrow('another program listens there')
  })
})
