// Loki's configuration file as far as a small installation uses it, and what the real program refuses in it (3.7.8, recorded).
import { Refusal, readDuration, readYaml, type Shape } from './go-program.ts'

const kvstore: Shape = { store: 'any' }
const SHAPE: Shape = {
  ...Object.fromEntries(
    [
      'target',
      'auth_enabled',
      'ballast_bytes',
      'distributor',
      'querier',
      'query_range',
      'query_scheduler',
      'ruler',
      'frontend',
    ]
      .concat([
        'frontend_worker',
        'ingester',
        'ingester_client',
        'index_gateway',
        'memberlist',
        'runtime_config',
        'tracing',
      ])
      .concat(['chunk_store_config', 'table_manager', 'pattern_ingester', 'operational_config', 'bloom_build'])
      .map((key): [string, Shape] => [key, 'any']),
  ),
  server: {
    http_listen_address: 'any',
    http_listen_port: 'any',
    grpc_listen_address: 'any',
    grpc_listen_port: 'any',
    log_level: 'any',
    log_format: 'any',
    graceful_shutdown_timeout: 'any',
  },
  common: { instance_addr: 'any', path_prefix: 'any', replication_factor: 'any', ring: { kvstore }, storage: 'any' },
  schema_config: {
    configs: [
      { from: 'any', store: 'any', object_store: 'any', schema: 'any', index: { prefix: 'any', period: 'any' } },
    ],
  },
  storage_config: { filesystem: { directory: 'any' }, tsdb_shipper: 'any', boltdb_shipper: 'any', aws: 'any' },
  limits_config: {
    retention_period: 'any',
    reject_old_samples: 'any',
    reject_old_samples_max_age: 'any',
    ingestion_rate_mb: 'any',
    allow_structured_metadata: 'any',
    volume_enabled: 'any',
  },
  compactor: {
    working_directory: 'any',
    compaction_interval: 'any',
    retention_enabled: 'any',
    retention_delete_delay: 'any',
    delete_request_store: 'any',
  },
  analytics: { reporting_enabled: 'any' },
}

export interface LokiConfig {
  address: string
  port: number
  dataDirectory: string
  retentionMs: number
  oldestMs: number
  deletes: boolean
  /** How long it does not call itself ready after it is. */
  minReadyMs: number
  /** The same, as written. */
  minReady: string
  /** As read, for `/config`. */
  raw: Record<string, unknown>
}

type Section = Record<string, unknown>

export function readLokiConfig(path: string): LokiConfig {
  const raw = readYaml(path, SHAPE, 'loki.ConfigWrapper')
  const section = (name: string) => (raw[name] ?? {}) as Section
  const [server, limits, compactor, common] = ['server', 'limits_config', 'compactor', 'common'].map(section) as [
    Section,
    Section,
    Section,
    Section,
  ]
  checkSchemas(section('schema_config'))
  const { lifecycler } = section('ingester') as { lifecycler?: { min_ready_duration?: string } }
  const minReady = lifecycler?.min_ready_duration ?? '15s'
  const retentionMs = readDuration(limits.retention_period ?? '0s')
  const deletes = compactor.retention_enabled === true
  if (deletes && !compactor.delete_request_store) {
    throw new Refusal(
      'CONFIG ERROR: invalid compactor config: compactor.delete-request-store should be configured when retention is enabled',
    )
  }
  return {
    address: String(server.http_listen_address ?? ''),
    port: Number(server.http_listen_port ?? 3100),
    dataDirectory: String(common.path_prefix ?? '/tmp/loki'),
    retentionMs,
    oldestMs: readDuration(limits.reject_old_samples_max_age ?? '1w'),
    deletes,
    minReadyMs: readDuration(minReady, false),
    minReady,
    raw,
  }
}

function checkSchemas({ configs }: Section): void {
  // The real program ends with a panic there.
  if (!Array.isArray(configs) || configs.length === 0)
    throw new Refusal('panic: runtime error: index out of range [-1]', 2)
  for (const { schema, store, index } of configs as { schema: string; store: string; index?: { period?: string } }[]) {
    if (!['v9', 'v10', 'v11', 'v12', 'v13'].includes(schema))
      throw new Refusal('CONFIG ERROR: invalid schema config: validating period_config: invalid schema version')
    if (store === 'tsdb' && readDuration(index?.period ?? '24h') !== 86_400_000)
      throw new Refusal(
        'CONFIG ERROR: invalid schema config: validating period_config: tsdb must always have periodic config for index set to 24h',
      )
  }
}
