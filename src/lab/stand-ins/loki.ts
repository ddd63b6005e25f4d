// A stand-in for Loki 3.7: its configuration, its readiness, pushing and asking, as the real one was recorded.
import { stringify } from 'yaml'
import { hasFault } from './faults.ts'
import { Refusal, readFlags, runMain } from './go-program.ts'
import { disclaimer } from './identity.ts'
import { LogStore } from './log-store.ts'
import { type LokiConfig, readLokiConfig } from './loki-config.ts'
import { Metrics } from './metrics.ts'
import { readPush, type Stream } from './push-format.ts'
import { type Answer, type Asked, type Done, type Routes, serve } from './server.ts'

const identity = { program: 'loki', version: '3.7.8' }
/** Its parts need a moment to find each other. */
const STARTING_MS = 1_000
/** Whose everything is without tenants. */
const TENANT = { tenant: 'fake' }
/** `creation_grace_period`. */
const FUTURE_MS = 600_000

const FLAGS = {
  'config.file': 'value',
  'verify-config': 'switch',
  version: 'switch',
  'log.level': 'value',
  'config.expand-env': 'value',
  target: 'value',
  'print-config-stderr': 'switch',
} as const

runMain(async () => {
  const { flags } = readFlags(process.argv.slice(2), FLAGS)
  if (flags.version !== undefined)
    return void process.stdout.write(`loki, version ${identity.version}\n${disclaimer(identity)}\n`)
  const config = readLokiConfig(flags['config.file'] ?? '')
  if (flags['verify-config'] !== undefined) return
  const store = openStore(config)
  const metrics = new Metrics()
  if (config.deletes) {
    forget(store, metrics)
    setInterval(() => forget(store, metrics), 60_000)
  }
  await serve(identity, config, routes(config, store, metrics, Date.now()), (done) => timed(done, metrics))
  process.stderr.write(`level=warn msg="${disclaimer(identity)}"\n`)
})

function openStore(config: LokiConfig): LogStore {
  try {
    return new LogStore(`${config.dataDirectory}/chunks`, config.deletes ? config.retentionMs : Number.MAX_SAFE_INTEGER)
  } catch (error) {
    throw new Refusal(`error initialising module: store: ${(error as Error).message}`)
  }
}

function forget(store: LogStore, metrics: Metrics): void {
  store.forget()
  metrics.set(
    'loki_compactor_apply_retention_last_successful_run_timestamp_seconds',
    {},
    Math.floor(Date.now() / 1_000),
  )
}

/** Routes are named as Loki names them: `loki_api_v1_push`. */
function timed({ route, method, status, seconds }: Done, metrics: Metrics): void {
  const name = route.replaceAll(/\W+/g, '_').replace(/^_/, '')
  metrics.observe(
    'loki_request_duration_seconds',
    { method, route: name, status_code: `${status}`, ws: 'false' },
    seconds,
  )
}

function routes(config: LokiConfig, store: LogStore, metrics: Metrics, startedMs: number): Routes {
  return {
    'GET /ready': () => ready(config, startedMs),
    'POST /loki/api/v1/push': (asked) => push(asked, config, store, metrics),
    'GET /loki/api/v1/query_range': ({ url }) => query(url, store),
    'GET /loki/api/v1/query': ({ url }) => query(url, store),
    'GET /loki/api/v1/labels': () => ({ body: { status: 'success', data: store.labelNames() } }),
    'GET /loki/api/v1/label/:name/values': ({ params }) => ({
      body: { status: 'success', data: store.labelValues(params.name ?? '') },
    }),
    'GET /config': () => ({ body: `# ${disclaimer(identity)}\n${stringify(config.raw)}` }),
    'GET /metrics': () => {
      metrics.set('loki_ingester_memory_streams', TENANT, store.streamCount)
      const about = `# ${disclaimer(identity)}\nloki_build_info{version="${identity.version}+standin"} 1\n`
      return { body: about + metrics.text() }
    },
  }
}

function ready({ minReadyMs, minReady }: LokiConfig, startedMs: number): Answer {
  const unready = hasFault('loki', 'unready')
  if (Date.now() - startedMs >= STARTING_MS + minReadyMs && !unready) return { body: 'ready\n' }
  return { status: 503, body: `Ingester not ready: waiting for ${minReady} after being ready\n` }
}

function push({ body, headers }: Asked, config: LokiConfig, store: LogStore, metrics: Metrics): Answer {
  let streams: Stream[]
  try {
    streams = readPush(body, headers['content-type'] ?? '')
  } catch (error) {
    return { status: 400, body: `${(error as Error).message}\n` }
  }
  const entries = streams.flatMap((stream) => stream.entries)
  metrics.add('loki_distributor_lines_received_total', TENANT, entries.length)
  metrics.add(
    'loki_distributor_bytes_received_total',
    TENANT,
    Buffer.byteLength(entries.map(([, line]) => line).join('')),
  )
  const ages = entries.map(([at]) => Date.now() - Number(at / 1_000_000n))
  const refuse = (reason: string, count: number, body: string): Answer => {
    metrics.add('loki_discarded_samples_total', { reason, ...TENANT }, count)
    return { status: 400, body }
  }
  const old = ages.filter((age) => age > config.oldestMs).length
  if (old > 0) return refuse('greater_than_max_sample_age', old, 'entry has timestamp too old\n')
  const early = ages.filter((age) => age < -FUTURE_MS).length
  if (early > 0) return refuse('too_far_in_future', early, 'entry has timestamp too new\n')
  if (!hasFault('loki', 'swallow')) store.add(streams)
  return { status: 204 }
}

function query(url: URL, store: LogStore): Answer {
  const text = url.searchParams.get('query') ?? ''
  const nowMs = Date.now()
  // What Grafana asks to see whether a data source works.
  if (/^\s*vector\(/.test(text)) return result('vector', [{ metric: {}, value: [nowMs / 1000, '2'] }])
  const bound = (name: string, otherwise: number) => nanoseconds(url.searchParams.get(name), otherwise)
  const range = { start: bound('start', nowMs - 3_600_000), end: bound('end', nowMs) }
  try {
    const lines = store.select(text, { ...range, limit: Number(url.searchParams.get('limit') ?? 100) })
    const streams = Map.groupBy(lines, ({ labels }) => JSON.stringify(labels))
    const values = [...streams].map(([labels, own]) => ({
      stream: JSON.parse(labels),
      values: own.map(({ at, line }) => [`${at}`, line]),
    }))
    return result('streams', values)
  } catch (error) {
    return { status: 400, body: `${(error as Error).message}\n` }
  }
}

function result(resultType: string, data: unknown[]): Answer {
  return { body: { status: 'success', data: { resultType, result: data, stats: {} } } }
}

/** Seconds with a fraction, or nanoseconds, as Loki's API takes them. */
function nanoseconds(text: string | null, otherwiseMs: number): bigint {
  if (text === null) return BigInt(Math.round(otherwiseMs)) * 1_000_000n
  return /^\d{16,}$/.test(text) ? BigInt(text) : BigInt(Math.round(Number(text) * 1_000)) * 1_000_000n
}
