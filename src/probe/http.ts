// The `http` probe: a request from the host's own point of view, its status and its body judged.
import type { HttpProbe, ProbeResult } from '../model/probe.ts'
import { type AttemptContext, never, notYet, passed } from './attempt.ts'
import { parseBoundedJson } from './bounded-json.ts'
import { type Exchange, exchange } from './http-exchange.ts'
import { lookUp } from './json-path.ts'
import { mismatch } from './match.ts'
import { excerpt } from './sentence.ts'

/** Enough for a metrics page of a busy exporter (Prometheus' own is 50 kB); a larger body cannot be judged. */
const maxBodyBytes = 4 * 1024 * 1024

type Answer = Extract<Exchange, { outcome: 'answer' }>
type Problem = { message: string; certain: boolean }

/**
 * Passes when the status and, where asked for, the body are as expected. Not certain, whatever came back: services answer
 * with anything while they start. Certain only when the probe itself cannot be carried out as written. `ask` sends the request.
 */
export async function checkHttp(probe: HttpProbe, context: AttemptContext, ask = exchange): Promise<ProbeResult> {
  const subject = `GET ${url(probe)} on ${context.host}`
  const { kind: _, name: __, expect: ___, needs: ____, ...place } = probe
  const asked = { ...place, maxBodyBytes }
  const answer = await ask(asked, context)
  if (answer.outcome === 'unsendable') return never(probe, `${subject} cannot be sent: ${answer.reason}`)
  if (answer.outcome === 'none') return notYet(probe, `${subject} got no answer: ${answer.reason}`)
  const problem = statusProblem(probe, answer) ?? bodyProblem(probe, answer)
  if (problem === undefined)
    return passed(probe, `${subject} answered ${answer.status}${judged(probe)}${standIn(answer)}`)
  const message = `${subject} answered ${answer.status}${problem.message}`
  return problem.certain ? never(probe, message) : notYet(probe, message)
}

/** The address in the form that people can copy. */
export function url(place: { address: string; port: number; path: string; tls?: { serverName: string } }): string {
  const name = place.tls?.serverName ?? place.address
  const host = name.includes(':') ? `[${name}]` : name
  return `${place.tls === undefined ? 'http' : 'https'}://${host}:${place.port}${place.path}`
}

function statusProblem({ expect }: HttpProbe, answer: Answer): Problem | undefined {
  if (expect.status === 'any' || expect.status.includes(answer.status)) return redirectProblem(expect, answer)
  const known = expect.otherwise?.find(({ status }) => status.includes(answer.status))
  if (known !== undefined) return { message: `: ${known.message}`, certain: known.certain }
  const { location } = answer.headers
  const target = location === undefined ? '' : `, a redirect to ${excerpt(location)} that is not followed`
  return { message: `, expected ${expect.status.join(' or ')}${target}: ${excerpt(answer.body)}`, certain: false }
}

function redirectProblem({ location: pattern }: HttpProbe['expect'], answer: Answer): Problem | undefined {
  const isRedirect = answer.status >= 300 && answer.status < 400
  if (pattern === undefined || !isRedirect) return undefined
  const location = answer.headers.location ?? ''
  const problem = mismatch(pattern, 'its Location', location)
  return problem && { message: `, but ${problem.message}: ${excerpt(location)}`, certain: problem.certain }
}

function bodyProblem(probe: HttpProbe, answer: Answer): Problem | undefined {
  const { json, body } = probe.expect
  if (json === undefined && body === undefined) return undefined
  const encoding = answer.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    return { message: `, but its body is compressed (${excerpt(encoding)}) and is not unpacked`, certain: false }
  }
  if (answer.truncated) return { message: `, but its body is larger than ${maxBodyBytes} bytes`, certain: false }
  return jsonProblem(json ?? [], answer.body) ?? textProblem(body, answer.body.toString('utf8'))
}

function jsonProblem(expected: NonNullable<HttpProbe['expect']['json']>, body: Buffer): Problem | undefined {
  if (expected.length === 0) return undefined
  const parsed = parseBoundedJson(body)
  if (!parsed.ok) return { message: `, but its body ${parsed.problem}: ${excerpt(body)}`, certain: false }
  for (const { path, equals } of expected) {
    const found = lookUp(parsed.value, path)
    if (!found.found) return { message: `, but its JSON has no ${path}: ${excerpt(body)}`, certain: false }
    if (found.value !== equals)
      return { message: `, but ${path} is ${show(found.value)}, expected ${show(equals)}`, certain: false }
  }
  return undefined
}

function textProblem(pattern: string | undefined, text: string): Problem | undefined {
  const problem = pattern === undefined ? undefined : mismatch(pattern, 'its body', text)
  return problem && { message: `, but ${problem.message}: ${excerpt(text)}`, certain: problem.certain }
}

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'string' ? excerpt(value) : String(value)
}

/** A stand-in of the lab says so with every answer; whoever reads that all is well shall know of it. */
function standIn({ headers }: Answer): string {
  const said = headers['x-stand-in']
  return typeof said === 'string' ? `: ${excerpt(said)}` : ''
}

function judged({ expect: { json, body } }: HttpProbe): string {
  return json === undefined && body === undefined ? '' : ' with the expected body'
}
