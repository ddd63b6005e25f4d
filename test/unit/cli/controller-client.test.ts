// The client of the controller's unix socket, against real servers on real sockets.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controllerClient } from '../../../src/cli/controller-client.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-socket-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Runs the work beside a server on the state directory's socket. */
async function besideServer<T>(listener: RequestListener, work: (socket: string) => Promise<T>): Promise<T> {
  const socket = join(directory, 'http.sock')
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  try {
    return await work(socket)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('the client of the running controller', () => {
  it('sends method, path and body, and returns status and body whatever they are', async () => {
    const answer = await besideServer(
      (request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => response.writeHead(404).end(`${request.method} ${request.url} ${body} é`))
      },
      (socket) => controllerClient(() => socket).request('POST', '/api/reconcile', { body: '{"component":"a"}' }),
    )
    expect(answer).toEqual({ status: 404, body: 'POST /api/reconcile {"component":"a"} é' })
  })

  it('knows whether a controller runs', async () => {
    const socket = join(directory, 'http.sock')
    const before = await controllerClient(() => socket).isRunning()
    const during = await besideServer(
      () => undefined,
      () => controllerClient(() => socket).isRunning(),
    )
    expect([before, during]).toEqual([false, true])
  })

  it('says how to start a controller when none runs', async () => {
    const request = controllerClient(() => join(directory, 'http.sock')).request('GET', '/healthz')
    await expect(request).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('homeostat run') })
  })

  it('gives up on a controller that does not answer', async () => {
    const asked = besideServer(
      () => undefined,
      (socket) => controllerClient(() => socket).request('GET', '/slow', { timeoutMs: 50 }),
    )
    await expect(asked).rejects.toThrow('no answer within 0.05 s')
  })

  it('gives up on an answer without end', async () => {
    const asked = besideServer(
      (_, response) => {
        const chunk = Buffer.alloc(1024 * 1024)
        const more = () => {
          while (!response.destroyed && response.write(chunk));
        }
        response.on('drain', more)
        more()
      },
      (socket) => controllerClient(() => socket).request('GET', '/endless'),
    )
    await expect(asked).rejects.toThrow('more than 16777216 bytes')
  })
})
