// The `log-round-trip` probe: a line that nobody wrote before goes in, and has to be found in Loki. Format of the API:
// grafana.com/docs/loki/latest/reference/loki-http-api.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { LogRoundTripProbe, ProbeResult } from '../model/probe.ts'
import { type AttemptContext, notYet, passed, reasonOf, rethrowUnreachable } from './attempt.ts'
import { parseBoundedJson } from './bounded-json.ts'
import { url } from './http.ts'
import { type Asked, type Exchange, exchange } from './http-exchange.ts'
import { excerpt } from './sentence.ts'

const maxBodyBytes = 1024 * 1024
const pollMs = 250
/** Before the deadline, so that what is said is what was missing, and not that time was up. */
const marginMs = 500
/** Clocks of two hosts may differ; lines further from now than that are not looked at. */
const windowMs = 600_000

const found = z.object({
  data: z.object({
    result: z.array(z.object({ values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) })),
  }),
})

/** Passes when the line is read back before the deadline. Never certain: whatever takes or stores lines may yet come up. */
export async function checkLogRoundTrip(probe: LogRoundTripProbe, context: AttemptContext): Promise<ProbeResult> {
  const startedMs = performance.now()
  const marker = `homeostat-${randomUUID()}`
  const line = `${marker} was sent to see whether it arrives`
  const problem = probe.through === 'push' ? await push(probe, line, context) : await writeLine(probe, line, context)
  if (problem !== undefined) return notYet(probe, problem)
  const subject = `a marked line ${probe.through === 'push' ? 'pushed to' : `of the journal of ${context.host} for`} ${lokiPlace(probe)}`
  let missing = 'was not looked for in time'
  while (performance.now() - startedMs < probe.timeoutMs - marginMs) {
    const asked = await askLoki(probe, marker, context)
    if (asked === undefined) return passed(probe, `${subject} could be read back`)
    missing = asked
    await sleep(pollMs, undefined, { signal: context.signal })
  }
  return notYet(probe, `${subject} could not be read back within ${probe.timeoutMs} ms: it ${missing}`)
}

/** Why the line did not get in; undefined when it did. */
async function push(probe: LogRoundTripProbe, line: string, context: AttemptContext): Promise<string | undefined> {
  const values = [[nanoseconds(hostNowMs(context)), line]]
  const body = JSON.stringify({ streams: [{ stream: probe.labels, values }] })
  const headers = { 'content-type': 'application/json' }
  const answer = await exchange(request(probe, '/loki/api/v1/push', { method: 'POST', headers, body }), context)
  const refused = problemOf(answer, 204)
  return refused && `${lokiPlace(probe)} on ${context.host} did not take a pushed line: it ${refused}`
}

/** Writes the line to the host's journal. Why that could not be done; undefined when it was. */
export async function writeLine(
  { timeoutMs }: Pick<LogRoundTripProbe, 'timeoutMs'>,
  line: string,
  context: AttemptContext,
): Promise<string | undefined> {
  const subject = `systemd-cat on ${context.host}, which writes to the journal,`
  try {
    const options = { stdin: `${line}\n`, timeoutMs, signal: context.signal }
    const { exitCode, stderr } = await context.transport.run(['systemd-cat', '--identifier=homeostat'], options)
    return exitCode === 0 ? undefined : `${subject} ended with exit ${exitCode}: ${excerpt(stderr)}`
  } catch (error) {
    rethrowUnreachable(error)
    return `${subject} gave no result: ${reasonOf(error)}`
  }
}

/** Asks Loki for the line with this marker. Why it is not there; undefined when it is. */
export async function askLoki(
  probe: LogRoundTripProbe,
  marker: string,
  context: AttemptContext,
): Promise<string | undefined> {
  const labels = Object.entries(probe.labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const nowMs = hostNowMs(context)
  const query = new URLSearchParams({
    query: `{${labels.join(', ')}} |= ${JSON.stringify(marker)}`,
    start: nanoseconds(nowMs - windowMs),
    end: nanoseconds(nowMs + windowMs),
    limit: '1',
  })
  const answer = await exchange(request(probe, `/loki/api/v1/query_range?${query}`, {}), context)
  const refused = problemOf(answer, 200)
  if (refused !== undefined) return `was asked for, and Loki ${refused}`
  const parsed = parseBoundedJson((answer as { body: Buffer }).body)
  const lines = found.safeParse(parsed.ok ? parsed.value : undefined)
  if (!lines.success) return 'was asked for, and Loki answered something else than lines'
  const isThere = lines.data.data.result.some(({ values }) => values.some(([, line]) => line.includes(marker)))
  return isThere ? undefined : 'is not among what Loki has'
}

function request(probe: LogRoundTripProbe, path: string, more: Pick<Asked, 'method' | 'headers' | 'body'>): Asked {
  const { address, port, timeoutMs } = probe
  return { address, port, path, timeoutMs, maxBodyBytes, ...more }
}

function problemOf(answer: Exchange, expected: number): string | undefined {
  if (answer.outcome !== 'answer') return `gave no answer: ${answer.reason}`
  return answer.status === expected ? undefined : `answered ${answer.status}: ${excerpt(answer.body)}`
}

/** Loki refuses lines of another time, so the clock that counts is the host's. */
function hostNowMs({ observation }: AttemptContext): number {
  return observation.hostTimeMs + (Date.now() - observation.startedAtMs)
}

function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms)) * 1_000_000n}`
}

/** For messages. */
export function lokiPlace(probe: LogRoundTripProbe): string {
  return `Loki at ${url({ ...probe, path: '' })}`
}
