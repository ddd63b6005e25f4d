// `GET /api/events/stream`: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). History comes
// from the store, with its ids, so that a client that comes back with Last-Event-ID has missed nothing; the bus only says when.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BusMessage, DroppedMessage } from '../telemetry/events.ts'
import { HttpError, SAFE_HEADERS } from './answer.ts'
import { summarize } from './component-summary.ts'
import type { ServerTools } from './tools.ts'

export interface StreamLimits {
  /** Streams at once; default 32. */
  maxStreams: number
  /** Messages that wait for a slow client; default 256. The oldest go first, and it is told. */
  maxWaiting: number
  /** Silence after which a comment is sent, in milliseconds; default 15 s. */
  heartbeatMs: number
  /** A client that takes nothing for so long is cut off, in milliseconds; default 30 s. */
  stallMs: number
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  maxStreams: 32,
  maxWaiting: 256,
  heartbeatMs: 15_000,
  stallMs: 30_000,
}

/** Events read from the store in one go. */
const PAGE = 1000

type Streams = (request: IncomingMessage, response: ServerResponse, afterId?: number) => Promise<void>

/** Returns the handler; it resolves when the client is gone. */
export function eventStreams(tools: Pick<ServerTools, 'store' | 'bus'>, limits: StreamLimits): Streams {
  let open = 0
  return async (request, response, afterId) => {
    if (open >= limits.maxStreams) {
      throw new HttpError(503, `${limits.maxStreams} clients listen already`, { 'retry-after': '30' })
    }
    open += 1
    try {
      await stream(tools, limits, response, lastEventId(request) ?? afterId)
    } finally {
      open -= 1
    }
  }
}

function lastEventId(request: IncomingMessage): number | undefined {
  const id = Number(request.headers['last-event-id'])
  return Number.isSafeInteger(id) && id >= 0 ? id : undefined
}

async function stream(
  { store, bus }: Pick<ServerTools, 'store' | 'bus'>,
  limits: StreamLimits,
  response: ServerResponse,
  afterId: number | undefined,
): Promise<void> {
  // Before the first read of the store, so that nothing falls between the two.
  const subscription = bus.subscribe({ limit: limits.maxWaiting })
  response.on('close', () => subscription.close())
  let heartbeat: NodeJS.Timeout | undefined
  try {
    const history = historyAfter(store, afterId ?? (await store.events({ limit: 1 })).at(-1)?.id ?? 0)
    response.writeHead(200, { ...SAFE_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' })
    response.write('retry: 2000\n\n')
    heartbeat = setInterval(() => void (response.writableNeedDrain || response.write(':\n\n')), limits.heartbeatMs)
    await history(response, limits)
    for await (const message of subscription) {
      if (message.kind === 'event' || message.kind === 'dropped') await history(response, limits)
      if (message.kind !== 'event') await send(response, limits, message.kind, dataOf(message))
    }
  } finally {
    clearInterval(heartbeat)
    subscription.close()
    response.end()
  }
}

/** Sends what the store has that was not sent yet. More than a page of it: the oldest are left out, and the client is told. */
function historyAfter(store: ServerTools['store'], afterId: number) {
  let lastId = afterId
  return async (response: ServerResponse, limits: StreamLimits) => {
    const events = await store.events({ afterId: lastId, limit: PAGE })
    const skipped = (events[0]?.id ?? lastId + 1) - lastId - 1
    if (skipped > 0) await send(response, limits, 'dropped', { count: skipped })
    for (const event of events) {
      await send(response, limits, 'event', event, event.id)
      lastId = event.id ?? lastId
    }
  }
}

function dataOf(message: Exclude<BusMessage, { kind: 'event' }> | DroppedMessage): unknown {
  switch (message.kind) {
    case 'status':
      return summarize(message.status)
    case 'forgotten':
      return { key: message.key }
    case 'host':
      return message.host
    case 'dropped':
      return { count: message.count }
  }
}

/** Waits until the client has taken it; cuts a client off that does not. */
async function send(
  response: ServerResponse,
  limits: StreamLimits,
  name: string,
  data: unknown,
  id?: number,
): Promise<void> {
  if (response.destroyed) return
  const head = id === undefined ? '' : `id: ${id}\n`
  if (response.write(`${head}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)) return
  const gone = new AbortController()
  const onClose = () => gone.abort()
  response.once('close', onClose)
  try {
    await once(response, 'drain', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(limits.stallMs)]) })
  } catch {
    // Gone, or stalled: either way there is nobody to tell.
    response.destroy()
  } finally {
    response.off('close', onClose)
  }
}
