// Answers: JSON with the headers that keep browsers from guessing, framing or keeping it.
import type { ServerResponse } from 'node:http'

/** Becomes the answer with this status and `{ "error": message }`. */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly headers: Record<string, string>
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answerText(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`)
}

export function answerText(response: ServerResponse, status: number, type: string, body: string): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { ...SAFE_HEADERS, 'content-type': type, 'content-length': length }).end(body)
}
