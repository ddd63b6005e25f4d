// Real servers on loopback for one test: an HTTP one, and a raw one that can answer with anything at all.
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Answers with the listener; returns the port. Ended with the test. */
export function serveHttp(listener: RequestListener): Promise<number> {
  return listen(createServer(listener))
}

/** Hands every connection over once its request has arrived; returns the port. Ended with the test. */
export function serveRaw(answer: (socket: Socket) => void): Promise<number> {
  return listen(
    createRawServer((socket) => {
      // Clients that give up reset the connection; that is what these tests are about.
      socket.on('error', () => socket.destroy())
      socket.once('data', () => answer(socket))
    }),
  )
}

/** A port that nobody listens on. */
export async function unusedPort(): Promise<number> {
  const server = createRawServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Writes the opening at once and then the text again and again, every 20 ms, until the client is gone. */
export function drip(socket: Socket, opening: string, text: string): void {
  socket.write(opening)
  const timer = setInterval(() => socket.write(text), 20)
  socket.once('close', () => clearInterval(timer))
}

/** Writes as fast as the client reads, for ever. */
export function flood(socket: Socket, chunk: Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', write)
  write()
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}
