// The controller's HTTP interface: health, metrics, a reading API, a stream of events, and a way to ask for a pass.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { answerJson, HttpError } from './answer.ts'
import { refusal } from './guard.ts'
import { listenSocket, listenTcp } from './listen.ts'
import { type Exchange, type Routes, routes } from './routes.ts'
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './stream.ts'
import type { ServerTools } from './tools.ts'

/** Not by an import: that reads every property of the module, and reading some of them loads all of fetch. */
const http = process.getBuiltinModule('node:http')

export interface ListenOptions {
  /** Absent: no TCP port. */
  tcp?: { address: string; port: number }
  /** Absent: no unix socket. */
  socketPath?: string
  stream?: Partial<StreamLimits>
  /** Time for a client to finish its headers, in milliseconds; default 5 s. */
  headersTimeoutMs?: number
}

export interface RunningServer {
  /** The TCP port, where there is one. */
  port?: number
  /** Ends all connections, streams included, and removes the socket file. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 128
const limits = {
  maxHeaderSize: 16 * 1024,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
}

/** Throws `ServerError` when it cannot listen; then it listens nowhere. */
export async function startServer(tools: ServerTools, options: ListenOptions): Promise<RunningServer> {
  const table = routes(tools, { ...DEFAULT_STREAM_LIMITS, ...options.stream })
  const servers: Server[] = []
  const headersTimeout = options.headersTimeoutMs ?? 5000
  const settings = { ...limits, headersTimeout, connectionsCheckingInterval: headersTimeout / 2 }
  const begin = () => {
    const server = http.createServer(settings, (request, response) => void answer(table, tools, request, response))
    server.maxConnections = MAX_CONNECTIONS
    servers.push(server)
    return server
  }
  const close = async () => void (await Promise.all(servers.map(closeServer)))
  try {
    if (options.socketPath !== undefined) await listenSocket(begin(), options.socketPath)
    if (options.tcp === undefined) return { close }
    return { port: await listenTcp(begin(), options.tcp.address, options.tcp.port), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function answer(
  table: Routes,
  tools: ServerTools,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A client that goes away in the middle is no problem of ours.
  response.on('error', () => response.destroy())
  try {
    const refused = refusal(request)
    if (refused !== undefined) throw new HttpError(403, refused)
    const { handler, exchange } = route(table, request, response)
    await handler(exchange)
  } catch (error) {
    answerError(tools, request, response, error)
  }
}

function route(table: Routes, request: IncomingMessage, response: ServerResponse) {
  const url = parseUrl(request.url ?? '/')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const parent = url.pathname.slice(0, url.pathname.lastIndexOf('/'))
  const paths = [url.pathname, `${parent}/:key`]
  const handler = paths.map((path) => table[`${method} ${path}`]).find((found) => found !== undefined)
  if (handler !== undefined) {
    const exchange: Exchange = { request, response, url, key: lastPart(url.pathname.slice(parent.length + 1)) }
    return { handler, exchange }
  }
  const allowed = ['GET', 'POST'].filter((other) => paths.some((path) => table[`${other} ${path}`] !== undefined))
  if (allowed.length === 0) throw new HttpError(404, `there is no ${url.pathname}`)
  throw new HttpError(405, `${url.pathname} takes ${allowed.join(' and ')} only`, { allow: allowed.join(', ') })
}

function parseUrl(target: string): URL {
  const url = target.startsWith('/') ? URL.parse(`http://localhost${target}`) : null
  if (url === null) throw new HttpError(400, 'the path of the request cannot be read')
  return url
}

function lastPart(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new HttpError(400, 'the path of the request is not encoded rightly')
  }
}

function answerError(tools: ServerTools, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (!(error instanceof HttpError)) tools.onProblem(error, `answering ${request.method} ${request.url}`)
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const known = error instanceof HttpError ? error : new HttpError(500, 'this could not be answered; the log says why')
  for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value)
  answerJson(response, known.status, { error: known.message })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
