// Reads what was asked: query parameters and JSON bodies, checked and bounded.
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { HttpError } from './answer.ts'

const MAX_BODY_BYTES = 64 * 1024

/** Throws `HttpError` 400 that names the parameter. Parameters that are not asked for are refused: a misspelt filter would give everything. */
export function readQuery<T extends z.ZodType>(schema: T, url: URL): z.output<T> {
  return check(schema, Object.fromEntries(url.searchParams), 'query parameter')
}

/** Throws `HttpError` 400, 413 or 415. */
export async function readJson<T extends z.ZodType>(schema: T, request: IncomingMessage): Promise<z.output<T>> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new HttpError(415, 'the body must be application/json')
  const text = await readBody(request)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new HttpError(400, 'the body is not JSON')
  }
  return check(schema, value, 'body')
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES)
      throw new HttpError(413, `the body has more than ${MAX_BODY_BYTES} bytes`, { connection: 'close' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function check<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? what : `${what} ${issue.path.join('.')}`
  throw new HttpError(400, `${where}: ${issue?.message}`)
}
