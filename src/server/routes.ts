// The paths of the API and what each answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Answer, Named } from '../controller/asks.ts'
import type { RemovalAnswer } from '../controller/removal-answers.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { EventQuery } from '../store/store.ts'
import { answerJson, answerText, HttpError } from './answer.ts'
import { summarize } from './component-summary.ts'
import { readJson, readQuery } from './request.ts'
import { eventStreams, type StreamLimits } from './stream.ts'
import type { ServerTools } from './tools.ts'

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** What stands in the place of `:key`. */
  key: string
}

type Handler = (exchange: Exchange) => void | Promise<void>
/** By method and path; a last part `:key` stands for anything. */
export type Routes = Record<string, Handler>

const limit = z.coerce.number().int().min(0)
const nothing = z.strictObject({})
const componentsQuery = z.strictObject({
  component: z.string().optional(),
  host: z.string().optional(),
  /** Only keys after this one: the `next` of the page before. */
  after: z.string().optional(),
  limit: limit.max(10_000).default(1000),
})
const eventsQuery = z.strictObject({
  key: z.string().includes('@', { error: 'expected component@host' }).optional(),
  component: z.string().optional(),
  host: z.string().optional(),
  afterId: limit.optional(),
  limit: limit.max(1000).default(100),
})
const reconcileBody = z.strictObject({ component: z.string(), host: z.string().optional() })
const rollbackBody = reconcileBody.extend({ to: limit.optional() })
const unquarantineBody = reconcileBody.extend({ revision: z.string().min(4).optional() })
const confirmBody = z.union(
  [z.strictObject({ component: z.string(), host: z.string().optional() }), z.strictObject({ all: z.string() })],
  { error: 'expected { component }, { component, host } or { all }' },
)

export function routes(tools: ServerTools, streamLimits: StreamLimits): Routes {
  const { store, metrics } = tools
  const stream = eventStreams(tools, streamLimits)
  return {
    'GET /healthz': ({ response }) => answerText(response, 200, 'text/plain; charset=utf-8', 'ok\n'),
    'GET /readyz': ({ response }) => {
      const isReady = tools.isReady()
      answerText(response, isReady ? 200 : 503, 'text/plain; charset=utf-8', isReady ? 'ready\n' : 'not ready\n')
    },
    'GET /metrics': async ({ response }) => answerText(response, 200, metrics.contentType, await metrics.text()),
    'GET /api/components': (exchange) => listComponents(tools, exchange),
    'GET /api/components/:key': ({ response, key }) => {
      const known = key as ComponentKey
      if (!tools.statuses.has(known)) throw new HttpError(404, `nothing is known of ${key}`)
      answerJson(response, 200, tools.statuses.get(known))
    },
    'GET /api/hosts': async ({ response, url }) => {
      readQuery(nothing, url)
      answerJson(response, 200, { hosts: await store.hosts() })
    },
    'GET /api/issues': ({ response }) => answerJson(response, 200, { issues: tools.issues() }),
    'GET /api/events': async ({ response, url }) => {
      const query = readQuery(eventsQuery, url)
      answerJson(response, 200, { events: await store.events(withoutUndefined(query) as EventQuery) })
    },
    'GET /api/events/stream': ({ request, response, url }) =>
      stream(request, response, readQuery(z.strictObject({ afterId: limit.optional() }), url).afterId),
    'POST /api/reconcile': async ({ request, response }) => {
      const named = namedIn(await readJson(reconcileBody, request))
      answerAsked(response, named, { asked: tools.asks.reconcile(named), problems: [] })
    },
    'POST /api/rollback': async ({ request, response }) => {
      const { to, ...rest } = await readJson(rollbackBody, request)
      answerAsked(response, namedIn(rest), await tools.asks.rollBack(namedIn(rest), to))
    },
    'POST /api/unquarantine': async ({ request, response }) => {
      const { revision, ...rest } = await readJson(unquarantineBody, request)
      answerAsked(response, namedIn(rest), await tools.asks.unquarantine(namedIn(rest), revision))
    },
    'POST /api/confirm-removal': async ({ request, response }) => {
      const said = tools.confirmRemoval(withoutUndefined(await readJson(confirmBody, request)) as RemovalAnswer)
      if ('problem' in said) throw new HttpError(409, said.problem)
      answerJson(response, 202, { keys: said.keys })
    },
    'POST /api/unfreeze': async ({ request, response }) => {
      await readJson(nothing, request)
      if (!tools.unfreeze()) throw new HttpError(409, 'nothing is frozen')
      answerJson(response, 202, {})
    },
  }
}

function namedIn({ component, host }: z.output<typeof reconcileBody>): Named {
  return { component, ...(host === undefined ? {} : { host }) }
}

/** What is not done for one key does not keep the others from it. */
function answerAsked(response: ServerResponse, { component, host }: Named, { asked, problems }: Answer): void {
  const name = host === undefined ? component : `${component}@${host}`
  if (asked.length === 0 && problems.length === 0) throw new HttpError(404, `there is no component ${name}`)
  if (asked.length === 0) throw new HttpError(409, problems.join('; '))
  answerJson(response, 202, { keys: asked.map(({ key }) => key), asked, ...(problems.length > 0 && { problems }) })
}

function listComponents({ statuses }: ServerTools, { response, url }: Exchange): void {
  const { component, host, after = '', limit } = readQuery(componentsQuery, url)
  const isAskedFor = (key: ComponentKey) => {
    const split = splitKey(key)
    return key > after && split.component === (component ?? split.component) && split.host === (host ?? split.host)
  }
  const keys = [...statuses.keys()].filter(isAskedFor).sort()
  const page = keys.slice(0, limit)
  const next = keys.length > limit ? (page.at(-1) ?? null) : null
  answerJson(response, 200, { components: page.flatMap((key) => statuses.get(key) ?? []).map(summarize), next })
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
}
