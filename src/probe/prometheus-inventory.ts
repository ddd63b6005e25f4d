// Which targets and metrics a Prometheus has, now and at a time in the past.
import { z } from 'zod'
import type { Wire } from './http-exchange.ts'
import { type ApiAnswer, askPrometheus } from './prometheus-api.ts'

export interface PrometheusPlace {
  /** As seen from its host. */
  address: string
  port: number
}

const TIMEOUT_MS = 20_000

const targets = z.object({
  activeTargets: z.array(
    z.object({ labels: z.record(z.string(), z.string()), health: z.string(), lastError: z.string() }),
  ),
})
const clock = z.object({ result: z.tuple([z.number(), z.string()]) })
const counts = z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) })

/** Everything that it scrapes, as it went last. */
export async function activeTargets(place: PrometheusPlace, wire: Wire) {
  const answer = await ask(place, '/api/v1/targets?state=active', targets, wire)
  return answer.ok ? { ok: true as const, data: answer.data.activeTargets } : answer
}

/** Its clock, seconds since the epoch. */
export async function clockOf(place: PrometheusPlace, wire: Wire): Promise<ApiAnswer<number>> {
  const answer = await ask(place, '/api/v1/query?query=time()', clock, wire)
  return answer.ok ? { ok: true, data: answer.data.result[0] } : answer
}

/** Names of metrics by job, of the series with these labels, at that time by its clock. */
export async function inventoryAt(
  place: PrometheusPlace,
  labels: Record<string, string>,
  seconds: number,
  wire: Wire,
): Promise<ApiAnswer<Map<string, Set<string>>>> {
  const selected = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  // What Prometheus makes of its rules has the labels of others, and comes and goes.
  const query = `count by (__name__, job) ({__name__!~"ALERTS.*", ${selected.join(', ')}})`
  const path = `/api/v1/query?query=${encodeURIComponent(query)}&time=${seconds.toFixed(3)}`
  const answer = await ask(place, path, counts, wire)
  if (!answer.ok) return answer
  const byJob = new Map<string, Set<string>>()
  for (const { metric } of answer.data.result) {
    const { __name__: name = '', job = '' } = metric
    byJob.set(job, (byJob.get(job) ?? new Set()).add(name))
  }
  return { ok: true, data: byJob }
}

/** Names of all metrics that it has at the moment. */
export async function metricNames(place: PrometheusPlace, wire: Wire): Promise<ApiAnswer<Set<string>>> {
  const query = 'count by (__name__) ({__name__=~".+"})'
  const answer = await ask(place, `/api/v1/query?query=${encodeURIComponent(query)}`, counts, wire)
  if (!answer.ok) return answer
  return { ok: true, data: new Set(answer.data.result.map(({ metric }) => metric.__name__ ?? '')) }
}

function ask<T>(place: PrometheusPlace, path: string, data: z.ZodType<T>, wire: Wire): Promise<ApiAnswer<T>> {
  return askPrometheus({ ...place, timeoutMs: TIMEOUT_MS }, path, data, wire)
}
