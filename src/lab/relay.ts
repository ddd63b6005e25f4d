// Makes a service that hides behind a unix socket reachable on this machine's own 127.0.0.1. A socket file crosses
// network namespaces, so a browser here reaches what runs in the lab's network.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { LabError } from './lab-error.ts'

export interface RelayOptions {
  /** Path of the unix socket that connections are passed on to. It may appear later: it is looked for at each connection. */
  socketPath: string
  /** Port on 127.0.0.1; 0 takes any free one. */
  port: number
  /** Default 64; further connections are closed at once. */
  maxConnections?: number
}

export interface Relay {
  /** The port listened on. */
  port: number
  /** Stops listening and ends the connections that are open. */
  close(): Promise<void>
}

/** @throws LabError `usage` when the port is taken */
export async function startRelay({ socketPath, port, maxConnections = 64 }: RelayOptions): Promise<Relay> {
  const open = new Set<Socket>()
  // Half-open: a client that has said all it wants may still be waiting for the answer.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const service = connect({ path: socketPath, allowHalfOpen: true })
    join(client, service, open)
    join(service, client, open)
  })
  server.maxConnections = maxConnections
  await listen(server, port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

/** Everything `from` says goes to `to`, its end included; a broken side takes the other with it. */
function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from)
  from.on('error', () => to.destroy())
  from.on('close', () => {
    open.delete(from)
    to.destroySoon()
  })
  from.pipe(to)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message
      reject(new LabError('usage', `cannot listen on 127.0.0.1:${port}: ${taken}`, { cause }))
    })
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
}
