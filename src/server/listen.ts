// Where the API listens: a TCP port and a unix socket. A socket file that nobody answers on is taken over, any other is not.
import { chmod, lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, type ListenOptions } from 'node:net'

/** The API cannot listen where it should; the message says why and what to do. */
export class ServerError extends Error {
  override name = 'ServerError'
}

const STALE_CHECK_TIMEOUT_MS = 1000
/** Bytes of a socket's path that Linux takes, without the final zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107

/** Returns the port, which with port 0 the system chooses. */
export async function listenTcp(server: Server, address: string, port: number): Promise<number> {
  try {
    await listening(server, { host: address, port })
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
    const what = taken ? 'another program listens there' : (cause as Error).message
    throw new ServerError(
      `cannot listen on ${address}:${port}: ${what}; choose another with --http ADDRESS:PORT, or --http off`,
      { cause },
    )
  }
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : port
}

/** The socket is for its owner alone from the first moment on. */
export async function listenSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new ServerError(
      `cannot listen on ${path}: a socket's path has at most ${MAX_SOCKET_PATH_BYTES} bytes; use a shorter state directory`,
    )
  }
  await removeStale(path)
  const umask = process.umask(0o177)
  try {
    await listening(server, { path })
  } catch (cause) {
    throw new ServerError(`cannot listen on ${path}: ${(cause as Error).message}`, { cause })
  } finally {
    process.umask(umask)
  }
  await chmod(path, 0o600)
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return
  if (!found.isSocket()) throw new ServerError(`cannot listen on ${path}: a file that is no socket is in the way`)
  if (await answers(path)) throw new ServerError(`cannot listen on ${path}: another controller answers there`)
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (isAnswered: boolean) => {
      socket.destroy()
      resolve(isAnswered)
    }
    socket.on('connect', () => settle(true))
    // Refused: nobody has it open any more. Anything else, a full backlog for instance, is somebody.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
    socket.setTimeout(STALE_CHECK_TIMEOUT_MS, () => settle(true))
  })
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
