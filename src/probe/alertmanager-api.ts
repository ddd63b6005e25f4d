// Asks and tells Alertmanager over the connection to its host. Format: its api/v2 openapi.yaml, and its own metrics.
import { z } from 'zod'
import { parseBoundedJson } from './bounded-json.ts'
import { type Asked, exchange, type Wire } from './http-exchange.ts'
import { excerpt } from './sentence.ts'

const maxBodyBytes = 4 * 1024 * 1024
const timeoutMs = 5_000

export interface AlertmanagerPlace {
  /** As seen from its host. */
  address: string
  port: number
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: string }

export interface PostedAlert {
  labels: Record<string, string>
  annotations: Record<string, string>
  /** RFC 3339. Without an end it goes on for Alertmanager's own resolve_timeout, five minutes. */
  startsAt?: string
  endsAt?: string
}

const listedAlert = z.object({
  startsAt: z.string(),
  receivers: z.array(z.object({ name: z.string() })),
  status: z.object({ state: z.string(), silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
})

export type ListedAlert = z.output<typeof listedAlert>

/** Gives it an alert, or tells it that one is over. */
export async function postAlert(place: AlertmanagerPlace, alert: PostedAlert, wire: Wire): Promise<Answer<undefined>> {
  const headers = { 'content-type': 'application/json' }
  const answered = await ask(place, '/api/v2/alerts', wire, { method: 'POST', headers, body: JSON.stringify([alert]) })
  return answered.ok ? { ok: true, value: undefined } : answered
}

/** The alert that has the label, where it is listed: silenced and inhibited ones too. */
export async function findAlert(
  place: AlertmanagerPlace,
  [label, value]: [string, string],
  wire: Wire,
): Promise<Answer<ListedAlert | undefined>> {
  const filter = encodeURIComponent(`${label}=${JSON.stringify(value)}`)
  const answered = await ask(place, `/api/v2/alerts?filter=${filter}`, wire)
  if (!answered.ok) return answered
  const parsed = parseBoundedJson(answered.value)
  const listed = z.array(listedAlert).safeParse(parsed.ok ? parsed.value : undefined)
  if (!listed.success) return { ok: false, problem: `answered something else than alerts: ${excerpt(answered.value)}` }
  return { ok: true, value: listed.data[0] }
}

export interface Attempts {
  /** Requests to whoever takes messages, and those among them that failed. */
  made: number
  failed: number
}

/** What it has tried since its start, by integration. */
export async function countAttempts(place: AlertmanagerPlace, wire: Wire): Promise<Answer<Map<string, Attempts>>> {
  const answered = await ask(place, '/metrics', wire)
  if (!answered.ok) return answered
  const counts = new Map<string, Attempts>()
  const lines = answered.value.toString('utf8').matchAll(REQUESTS)
  for (const [, failed, labels = '', value] of lines) {
    const integration = /integration="([^"]*)"/.exec(labels)?.[1] ?? ''
    const known = counts.get(integration) ?? { made: 0, failed: 0 }
    known[failed === undefined ? 'made' : 'failed'] += Number(value)
    counts.set(integration, known)
  }
  return { ok: true, value: counts }
}

const REQUESTS = /^alertmanager_notification_requests(_failed)?_total\{([^}\n]*)\} (\S+)$/gm

async function ask(
  place: AlertmanagerPlace,
  path: string,
  wire: Wire,
  more: Pick<Asked, 'method' | 'headers' | 'body'> = {},
): Promise<Answer<Buffer>> {
  const answer = await exchange({ ...place, path, timeoutMs, maxBodyBytes, ...more }, wire)
  if (answer.outcome !== 'answer') return { ok: false, problem: `gave no answer: ${answer.reason}` }
  if (answer.status === 200) return { ok: true, value: answer.body }
  return { ok: false, problem: `answered ${answer.status}: ${excerpt(answer.body)}` }
}
