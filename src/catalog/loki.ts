// Loki: stores logs, and forgets them in time. Options → configuration, service and the proof that a line pushed can be read back.
import { z } from 'zod'
import { fromItsHost } from './address.ts'
import { listensAt } from './clients.ts'
import { yamlText } from './config-text.ts'
import { defineType } from './define-type.ts'
import { grafanaPackage } from './grafana-repository.ts'
import { boundedStop, isolated, seesInterfaces } from './hardening.ts'
import { httpAnswers, logRoundTrip, unitActive } from './probes.ts'
import { directory, file, user } from './resources.ts'
import { absolutePath, duration, extraFlags, ipAddress, port } from './scalars.ts'
import { debianService, quoteSetting } from './service.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'loki.service'
const CONFIG = '/etc/homeostat/loki/loki.yaml'

const options = z.strictObject({
  port: port.default(3100).describe('Of its API: logs are pushed to it and asked from it.'),
  listenAddress: ipAddress
    .optional()
    .describe("Default: loopback while all who use it run on its host, else the host's address for others."),
  retention: duration({ min: '24h' }).default('168h').describe('How long lines are kept; then they are deleted.'),
  dataDir: absolutePath.default('/var/lib/loki').describe('Not below /home or /root.'),
  extraFlags,
})

type Options = z.output<typeof options>

/** What others need to know to find it. */
export const lokiOptions = { type: 'loki', options }

export const loki = defineType({
  ...lokiOptions,
  summary: "Log database (package loki of Grafana Labs' repository).",
  minHealthyMs: 30_000,
  render(options, context) {
    const listen = listensAt('loki', options, context)
    const at = { address: fromItsHost(listen), port: options.port }
    const wait = waitForAddress(listen)
    const config = file(CONFIG, yamlText(configuration(options, listen)), {
      group: 'loki',
      mode: 0o640,
      // With the flags too: one that it does not know is refused here, and not at its next start.
      validate: ['/usr/bin/loki', '-verify-config', '-config.file={staged}', ...options.extraFlags],
    })
    return {
      resources: [
        ...grafanaPackage('loki'),
        // The package's own user has no group of its own.
        user('loki', options.dataDir),
        directory('/etc/homeostat/loki'),
        directory(options.dataDir, { owner: 'loki', mode: 0o750 }),
        config,
        ...debianService(UNIT, {
          run: ['/usr/bin/loki', `-config.file=${CONFIG}`, ...options.extraFlags],
          service: [
            'User=loki',
            'Group=loki',
            'Restart=on-failure',
            ...isolated,
            ...seesInterfaces,
            `ReadWritePaths=${quoteSetting(options.dataDir)}`,
            ...boundedStop,
            ...wait.service,
          ],
          unit: wait.unit,
          restartOn: [config],
        }),
      ],
      probes: [
        unitActive(UNIT),
        httpAnswers('ready', at, '/ready'),
        // `retention_period` alone deletes nothing: without this it keeps logs for ever, and says nothing about it.
        httpAnswers('retention enforced', at, '/config', { body: '^\\s+retention_enabled: true$' }),
        logRoundTrip('log round trip', at, { through: 'push', labels: { job: 'homeostat' } }),
      ],
    }
  },
})

function configuration({ port, retention, dataDir }: Options, listen: string) {
  return {
    auth_enabled: false,
    server: {
      http_listen_address: listen,
      http_listen_port: port,
      // Its parts speak to each other there, within one process.
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: 9095,
      log_level: 'warn',
    },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: dataDir,
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
    },
    // Ready when it is: the 15 s that it waits else are there for other Lokis to hear of it.
    ingester: { lifecycler: { min_ready_duration: '0s' } },
    schema_config: {
      // Fixed for ever: what was written under a schema is only found under it.
      configs: [
        {
          from: '2024-04-01',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    storage_config: {
      filesystem: { directory: `${dataDir}/chunks` },
      tsdb_shipper: { active_index_directory: `${dataDir}/index`, cache_location: `${dataDir}/index-cache` },
    },
    limits_config: { retention_period: retention, reject_old_samples_max_age: retention },
    compactor: {
      working_directory: `${dataDir}/compactor`,
      retention_enabled: true,
      delete_request_store: 'filesystem',
    },
    analytics: { reporting_enabled: false },
  }
}
