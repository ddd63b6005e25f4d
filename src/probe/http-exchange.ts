// One HTTP/1.1 request over a stream that the transport opened: no redirects, no decompression, bounded in every direction.
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TlsExpectation } from '../model/probe.ts'
import { http } from '../transport/node-http.ts'
import { type AttemptContext, reasonOf, rethrowUnreachable } from './attempt.ts'
import { secured } from './tls-stream.ts'

export interface Asked {
  address: string
  port: number
  path: string
  /** Default GET. */
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** Speak TLS within the connection. */
  tls?: TlsExpectation
  timeoutMs: number
  /** Bytes of the body that are read; the rest is not waited for. */
  maxBodyBytes: number
}

/** What it takes to ask: the connection to the host, and who may end it. */
export type Wire = Pick<AttemptContext, 'transport' | 'signal'>

export type Exchange =
  | { outcome: 'answer'; status: number; headers: IncomingHttpHeaders; body: Buffer; truncated: boolean }
  /** No whole answer: refused, closed, reset, not HTTP. */
  | { outcome: 'none'; reason: string }
  /** The request itself cannot be written as HTTP; nothing was sent. */
  | { outcome: 'unsendable'; reason: string }

const maxHeaderBytes = 16 * 1024
// `100 Continue` and `103 Early Hints` are legal before the answer; an endless row of them is not an answer.
const maxInterimAnswers = 8

/** Sends a request and reads the answer. Throws `TransportError` only when the host itself is out of reach or the signal fires. */
export async function exchange(asked: Asked, context: Wire): Promise<Exchange> {
  let stream: Duplex
  try {
    const { timeoutMs } = asked
    stream = await context.transport.connect(asked.address, asked.port, { timeoutMs, signal: context.signal })
  } catch (error) {
    rethrowUnreachable(error)
    return { outcome: 'none', reason: reasonOf(error) }
  }
  // node:http reports a broken stream as "socket hang up"; the stream's own error says more, and may be the transport's.
  let broken: unknown
  stream.on('error', (error) => {
    broken ??= error
  })
  try {
    const inner = asked.tls === undefined ? stream : await secured(stream, asked.tls, context)
    return await converse(inner, asked, context.signal)
  } catch (error) {
    rethrowUnreachable(broken ?? error)
    return isUnsendable(error)
      ? { outcome: 'unsendable', reason: reasonOf(error) }
      : { outcome: 'none', reason: describe(broken ?? error) }
  } finally {
    stream.destroy()
  }
}

async function converse(stream: Duplex, asked: Asked, signal: AbortSignal): Promise<Exchange> {
  const response = await send(stream, asked, signal)
  const { body, truncated } = await readBody(response, asked.maxBodyBytes)
  return { outcome: 'answer', status: response.statusCode ?? 0, headers: response.headers, body, truncated }
}

function send(stream: Duplex, asked: Asked, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    createConnection: () => stream,
    host: asked.address,
    port: asked.port,
    path: asked.path,
    method: asked.method ?? 'GET',
    headers: {
      ...(asked.tls === undefined ? {} : { host: asked.tls.serverName }),
      'accept-encoding': 'identity',
      'user-agent': 'homeostat',
      ...asked.headers,
      connection: 'close',
    },
    maxHeaderSize: maxHeaderBytes,
    signal,
  }
  return new Promise((resolve, reject) => {
    const outgoing = http.request(options)
    let interim = 0
    outgoing.on('information', () => {
      interim += 1
      if (interim > maxInterimAnswers)
        outgoing.destroy(new Error(`more than ${maxInterimAnswers} interim (1xx) answers`))
    })
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new Error('it switched to another protocol (101)'))
    })
    outgoing.on('error', reject)
    outgoing.on('response', resolve)
    outgoing.end(asked.body)
  })
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) break
    }
  } catch (error) {
    throw new Error(`the answer ${response.statusCode} broke off after ${size} bytes of its body`, { cause: error })
  }
  const body = Buffer.concat(chunks)
  return { body: body.subarray(0, maxBytes), truncated: size > maxBytes }
}

// Node refuses such a request before it writes a byte (`new ClientRequest` throws).
function isUnsendable(error: unknown): boolean {
  const code = (error as { code?: string }).code
  return code === 'ERR_UNESCAPED_CHARACTERS' || code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN'
}

function describe(error: unknown): string {
  const code = (error as { code?: string }).code ?? ''
  if (code === 'HPE_HEADER_OVERFLOW') return `its headers are larger than ${maxHeaderBytes} bytes`
  if (code.startsWith('HPE_')) return `it does not speak HTTP/1.1 (${reasonOf(error)})`
  return reasonOf(error)
}
