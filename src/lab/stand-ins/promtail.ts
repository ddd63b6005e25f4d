// A stand-in for Promtail 3.4: its configuration, its pages, and the journal on its way to Loki.
import { hasFault } from './faults.ts'
import { Refusal, readDuration, readFlags, readYaml, runMain, type Shape } from './go-program.ts'
import { disclaimer } from './identity.ts'
import { type Routes, serve } from './server.ts'
import { type Counters, type ShipperSettings, startShipping } from './shipper.ts'

const identity = { program: 'promtail', version: '3.4.6' }

const FLAGS = {
  'config.file': 'value',
  'check-syntax': 'switch',
  version: 'switch',
  'log.level': 'value',
  'config.expand-env': 'value',
} as const

const relabel: Shape = [
  { source_labels: 'any', target_label: 'any', regex: 'any', replacement: 'any', action: 'any', separator: 'any' },
]
const SHAPE: Shape = {
  server: {
    http_listen_address: 'any',
    http_listen_port: 'any',
    grpc_listen_address: 'any',
    grpc_listen_port: 'any',
    log_level: 'any',
  },
  client: 'any',
  clients: [
    {
      url: 'any',
      batchwait: 'any',
      batchsize: 'any',
      timeout: 'any',
      external_labels: 'any',
      tenant_id: 'any',
      basic_auth: 'any',
      backoff_config: { min_period: 'any', max_period: 'any', max_retries: 'any' },
    },
  ],
  positions: { filename: 'any', sync_period: 'any', ignore_invalid_yaml: 'any' },
  scrape_configs: [
    {
      job_name: 'any',
      journal: { max_age: 'any', labels: 'any', path: 'any', json: 'any', matches: 'any' },
      static_configs: 'any',
      pipeline_stages: 'any',
      relabel_configs: relabel,
    },
  ],
  limits_config: 'any',
  global: 'any',
  target_config: 'any',
  options: 'any',
  tracing: 'any',
}

interface Config {
  address: string
  port: number
  /** None where nothing is scraped: it runs, and is never ready. */
  shipper?: ShipperSettings
}

runMain(async () => {
  const { flags } = readFlags(process.argv.slice(2), FLAGS)
  if (flags.version !== undefined)
    return void process.stdout.write(`promtail, version ${identity.version}\n${disclaimer(identity)}\n`)
  const config = readConfig(flags['config.file'] ?? '')
  if (flags['check-syntax'] !== undefined)
    return void process.stdout.write('Valid config file! No syntax issues found\n')
  const { shipper } = config
  const counters = shipper && startShipping(() => shipper)
  await serve(identity, config, routes(config, counters))
  process.stderr.write(`level=warn msg="${disclaimer(identity)}"\n`)
})

interface Written {
  server?: { http_listen_address?: string; http_listen_port?: number }
  clients?: { url: string; backoff_config?: Record<string, string | number> }[]
  positions?: { filename?: string }
  scrape_configs?: {
    job_name: string
    journal?: { max_age?: string; labels?: Record<string, string> }
    relabel_configs?: { source_labels: string[]; target_label: string }[]
  }[]
}

function readConfig(path: string): Config {
  const {
    server = {},
    clients,
    positions,
    scrape_configs: jobs = [],
  } = readYaml(path, SHAPE, 'config.Config') as Written
  const at = { address: server.http_listen_address ?? '', port: server.http_listen_port ?? 80 }
  const job = jobs.find(({ journal }) => journal !== undefined)
  const [client] = clients ?? []
  if (job?.journal === undefined || client === undefined) return at
  if (URL.parse(client.url) === null)
    throw new Refusal(`Unable to parse config: ${path}: parse "${client.url}": invalid URI`)
  const {
    min_period: minimum = '500ms',
    max_period: maximum = '5m',
    max_retries: retries = 10,
  } = client.backoff_config ?? {}
  const unit = job.relabel_configs?.find(({ source_labels: [source] }) => source === '__journal__systemd_unit')
  return {
    ...at,
    shipper: {
      program: 'promtail',
      url: client.url,
      labels: job.journal.labels ?? {},
      unitLabel: unit?.target_label,
      maxAgeMs: readDuration(job.journal.max_age ?? '7h', false),
      backoff: { minMs: readDuration(minimum), maxMs: readDuration(maximum), retries: Number(retries) },
      position: { file: positions?.filename ?? '/var/log/positions.yaml', name: job.job_name },
    },
  }
}

function routes({ shipper }: Config, counters: Counters | undefined): Routes {
  const host = shipper === undefined ? '' : new URL(shipper.url).host
  return {
    'GET /ready': () =>
      counters === undefined || hasFault('promtail', 'unready')
        ? {
            status: 500,
            body: 'Not ready: Unable to find any logs to tail. Please verify permissions, volumes, scrape_config, etc.\n',
          }
        : { body: 'Ready\n' },
    'GET /metrics': () => ({
      body: [
        `# ${disclaimer(identity)}`,
        `promtail_build_info{version="${identity.version}+standin"} 1`,
        `promtail_journal_target_lines_total ${counters?.read ?? 0}`,
        ...(counters === undefined
          ? []
          : [
              `promtail_sent_entries_total{host="${host}"} ${counters.sent}`,
              `promtail_dropped_entries_total{host="${host}",reason="ingester_error",tenant=""} ${counters.dropped}`,
            ]),
        '',
      ].join('\n'),
    }),
  }
}
