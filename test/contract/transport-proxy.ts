// A TCP proxy on loopback that breaks connections in the ways networks do.
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface FaultyProxy {
  port: number
  /** Connections accepted so far. */
  connectionCount(): number
  /** Bytes that went from the client to the server on the newest connection. */
  sentBytes(): number
  /** RST to the client, and to the server. */
  reset(): void
  /** An orderly end of both sides, without a word of SSH. */
  finish(): void
  /** Nothing passes any more on the connections there are, and nobody is told; new ones pass. */
  blackhole(): void
  /** Resets each new connection once it has carried this many bytes to the server. */
  cutAfter(bytes: number): void
  stop(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  sentBytes: number
  isDark: boolean
}

export async function startProxy(targetPort: number): Promise<FaultyProxy> {
  const pairs: Pair[] = []
  let cutAt = Number.POSITIVE_INFINITY
  const reset = (): void => pairs.forEach(resetPair)
  const accept = (client: Socket): void => {
    const pair: Pair = { client, server: connect(targetPort, '127.0.0.1'), sentBytes: 0, isDark: false }
    pairs.push(pair)
    client.on('data', (chunk) => {
      if (pair.isDark) return
      const room = cutAt - pair.sentBytes
      pair.sentBytes += chunk.length
      if (chunk.length < room) pair.server.write(chunk)
      else pair.server.write(chunk.subarray(0, room), () => resetPair(pair))
    })
    pair.server.on('data', (chunk) => {
      if (!pair.isDark) client.write(chunk)
    })
    // The ends of a broken connection fail by design; what matters is what the client makes of it.
    client.on('error', () => pair.server.destroy()).on('close', () => pair.server.destroy())
    pair.server.on('error', () => client.destroy()).on('close', () => client.destroy())
  }
  const server = createServer({ noDelay: true }, accept).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: (server.address() as { port: number }).port,
    connectionCount: () => pairs.length,
    sentBytes: () => pairs.at(-1)?.sentBytes ?? 0,
    reset,
    finish: () => pairs.forEach(finishPair),
    blackhole: () => pairs.forEach(darken),
    cutAfter: (bytes) => {
      cutAt = bytes
    },
    stop: () => stop(server, reset),
  }
}

function resetPair(pair: Pair): void {
  pair.client.resetAndDestroy()
  pair.server.resetAndDestroy()
}

function darken(pair: Pair): void {
  pair.isDark = true
}

function finishPair(pair: Pair): void {
  pair.client.end()
  pair.server.end()
}

async function stop(server: Server, reset: () => void): Promise<void> {
  reset()
  await new Promise((resolve) => server.close(resolve))
}
