// The web server of a stand-in: routes by method and path, and on every answer the word that it is one.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hasFault } from './faults.ts'
import { disclaimer, type Identity } from './identity.ts'

const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface Asked {
  url: URL
  /** The parts of the path that the route left open. */
  params: Record<string, string>
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface Answer {
  status?: number
  /** A text as it is, anything else as JSON. */
  body?: unknown
  headers?: Record<string, string>
}

/** `GET /api/dashboards/uid/:uid` → what to do. */
export type Routes = Record<string, (asked: Asked) => Answer | Promise<Answer>>

export interface Done {
  /** As it stands in the routes. */
  route: string
  method: string
  status: number
  seconds: number
}

/** Resolves when it listens, and says of every request that a route was for how it ended; what cannot be listened on ends the process, as it does with the real programs. */
export function serve(
  identity: Identity,
  at: { address: string; port: number },
  routes: Routes,
  onDone: (done: Done) => void = () => undefined,
): Promise<Server> {
  const server = createServer((request, response) => {
    const sinceMs = performance.now()
    response.once('finish', () => {
      const found = routeOf(routes, request)
      if (found === undefined) return
      const seconds = (performance.now() - sinceMs) / 1_000
      onDone({ route: found.path, method: request.method ?? 'GET', status: response.statusCode, seconds })
    })
    void handle(identity, routes, request, response)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.address === '' ? undefined : at.address, () => resolve(server))
  })
}

async function handle(identity: Identity, routes: Routes, request: IncomingMessage, response: ServerResponse) {
  if (hasFault(identity.program, 'hang')) return
  if (hasFault(identity.program, 'reset')) return void request.socket.resetAndDestroy()
  try {
    const body = await readBody(request)
    const url = new URL(request.url ?? '/', 'http://stand-in')
    send(identity, response, await answer(identity, routes, { request, url, body }))
  } catch (error) {
    send(identity, response, { status: 500, body: `${(error as Error).message}\n` })
  }
}

async function answer(
  identity: Identity,
  routes: Routes,
  { request, url, body }: { request: IncomingMessage; url: URL; body: Buffer },
): Promise<Answer> {
  const found = routeOf(routes, request)
  if (found !== undefined) return found.run({ url, params: found.params, headers: request.headers, body })
  if (url.pathname === '/') return { body: `${disclaimer(identity)}\n` }
  return { status: 404, body: '404 page not found\n' }
}

function routeOf(routes: Routes, { method = 'GET', url = '/' }: IncomingMessage) {
  const { pathname } = new URL(url, 'http://stand-in')
  for (const [route, run] of Object.entries(routes)) {
    const params = match(route, method, pathname)
    if (params !== undefined) return { path: route.split(' ')[1] ?? '', run, params }
  }
  return undefined
}

function match(route: string, method: string, path: string): Record<string, string> | undefined {
  const [verb, pattern = ''] = route.split(' ')
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (verb !== method || wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value)
    else if (part !== value) return undefined
  }
  return params
}

function send(identity: Identity, response: ServerResponse, { status = 200, body = '', headers = {} }: Answer): void {
  const isText = typeof body === 'string'
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'x-stand-in': disclaimer(identity),
    ...headers,
  })
  response.end(isText ? body : JSON.stringify(body))
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Error('the body is too large')
  }
  return Buffer.concat(chunks)
}
