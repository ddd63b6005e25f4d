// One HTTP request. Not `fetch`, which needs WebAssembly, which needs a compiler at run time, which the services are denied.
import { request as start } from 'node:http'

export interface HttpAnswer {
  status: number
  body: string
}

/** @throws Error where there is no answer within `timeoutMs` */
export function request(
  url: string,
  { method = 'GET', headers = {}, body, timeoutMs = 10_000 }: RequestSettings = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const asked = start(url, { method, headers, signal }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

interface RequestSettings {
  method?: string
  headers?: Record<string, string>
  body?: string
  timeoutMs?: number
}
