// Promtail: sends the journal of its host to Loki. Past its end of life (2026-03-02) and gone from Loki 3.7: `alloy` does the same.
import { z } from 'zod'
import { fromItsHost } from './address.ts'
import { goDuration, yamlText } from './config-text.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { grafanaPackage } from './grafana-repository.ts'
import { boundedStop, isolated, seesInterfaces } from './hardening.ts'
import { journalArrives, journalLabels, pushUrl, shipperOptions } from './log-shipper.ts'
import { httpAnswers, unitActive } from './probes.ts'
import { directory, file, user } from './resources.ts'
import { extraFlags, port } from './scalars.ts'
import { debianService } from './service.ts'

const UNIT = 'promtail.service'
const CONFIG = '/etc/homeostat/promtail/promtail.yaml'
const DATA = '/var/lib/promtail'

/** Where it keeps how far it has read, and the name of its place in there: `alloy` goes on from it. */
export const promtailPosition = { file: `${DATA}/positions.yaml`, name: 'journal' }

const options = z.strictObject({
  port: port.default(9080).describe('Of its page of metrics.'),
  ...shipperOptions,
  extraFlags,
})

type Options = z.output<typeof options>

/** What others need to know to find its page of metrics. */
export const promtailOptions = { type: 'promtail', options }

export const promtail = defineType({
  ...promtailOptions,
  summary: "Sends the journal to Loki (package promtail of Grafana Labs' repository); past its end of life, use alloy.",
  deprecated:
    'Promtail reached its end of life on 2026-03-02 and gets no more fixes; change the type to alloy, which goes on where it stops',
  minHealthyMs: 10_000,
  render(options, context) {
    const at = { address: fromItsHost(options.listenAddress), port: options.port }
    const url = pushUrl(options, context)
    const config = file(CONFIG, yamlText(configuration(options, url, context)), {
      group: 'promtail',
      mode: 0o640,
      validate: ['/usr/bin/promtail', '-check-syntax', '-config.file={staged}', ...options.extraFlags],
    })
    return {
      resources: [
        ...grafanaPackage('promtail'),
        user('promtail', DATA, ['systemd-journal']),
        directory('/etc/homeostat/promtail'),
        directory(DATA, { owner: 'promtail', mode: 0o750 }),
        config,
        ...debianService(UNIT, {
          run: ['/usr/bin/promtail', `-config.file=${CONFIG}`, ...options.extraFlags],
          service: [
            'User=promtail',
            'Group=promtail',
            'Restart=on-failure',
            ...isolated,
            ...seesInterfaces,
            `ReadWritePaths=${DATA}`,
            ...boundedStop,
          ],
          restartOn: [config],
        }),
      ],
      probes: [
        unitActive(UNIT),
        // 500 until it follows a journal or file; its page of metrics answers 200 from the first moment on.
        httpAnswers('ready', at, '/ready'),
        httpAnswers('entries sent', at, '/metrics', { body: '^promtail_sent_entries_total\\{.*\\} [1-9]' }),
        ...journalArrives(url, context),
      ],
    }
  },
})

function configuration({ port, listenAddress, journalMaxAge }: Options, url: string, context: RenderContext) {
  return {
    server: {
      http_listen_address: listenAddress,
      http_listen_port: port,
      // It cannot be done without: any free port, of the loopback interface and not of all.
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: 0,
      log_level: 'warn',
    },
    // Its own defaults wait up to 5 min and drop a batch after ten tries; 0 is for ever, and the journal waits meanwhile.
    clients: [{ url, backoff_config: { min_period: '500ms', max_period: '10s', max_retries: 0 } }],
    positions: { filename: promtailPosition.file, sync_period: '1s' },
    scrape_configs: [
      {
        job_name: promtailPosition.name,
        journal: { max_age: goDuration(journalMaxAge), labels: journalLabels(context) },
        relabel_configs: [{ source_labels: ['__journal__systemd_unit'], target_label: 'unit' }],
      },
    ],
  }
}
