// Asks Prometheus' HTTP API and checks the shape of what it says. Format: prometheus.io/docs/prometheus/latest/querying/api.
import { z } from 'zod'
import { parseBoundedJson } from './bounded-json.ts'
import { url } from './http.ts'
import { exchange, type Wire } from './http-exchange.ts'
import { excerpt } from './sentence.ts'

/** A target is about 550 bytes in the answer: room for some 30,000. */
const maxBodyBytes = 16 * 1024 * 1024

export type ApiAnswer<T> = { ok: true; data: T } | { ok: false; message: string; certain: boolean }

interface Place {
  address: string
  port: number
  timeoutMs: number
}

const envelope = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
])

/** The `data` of an API answer; a message without subject where there is none. Certain when Prometheus calls the request itself bad. */
export async function askPrometheus<T>(
  place: Place,
  path: string,
  data: z.ZodType<T>,
  wire: Wire,
): Promise<ApiAnswer<T>> {
  const { address, port, timeoutMs } = place
  const answer = await exchange({ address, port, path, timeoutMs, maxBodyBytes }, wire)
  if (answer.outcome !== 'answer') return refused(`gave no answer: ${answer.reason}`)
  if (answer.truncated) return refused(`answered more than ${maxBodyBytes} bytes`)
  const parsed = parseBoundedJson(answer.body)
  const said = envelope.safeParse(parsed.ok ? parsed.value : undefined)
  // Until its write-ahead log is replayed it answers 503 with plain text.
  if (!said.success) return refused(`answered ${answer.status}: ${excerpt(answer.body)}`)
  if (said.data.status === 'error') {
    const { errorType, error } = said.data
    return refused(`answered ${answer.status} ${errorType}: ${error}`, errorType === 'bad_data')
  }
  const checked = data.safeParse(said.data.data)
  if (checked.success) return { ok: true, data: checked.data }
  const [issue] = checked.error.issues
  return refused(`answered something else than expected at data.${issue?.path.join('.')}: ${issue?.message}`)
}

/** Where the API is, for messages. */
export function apiPlace(place: Place, host: string): string {
  return `Prometheus at ${url({ ...place, path: '' })} on ${host}`
}

function refused(message: string, certain = false): { ok: false; message: string; certain: boolean } {
  return { ok: false, message, certain }
}
