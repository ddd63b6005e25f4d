// Node exporter: the machine's own metrics (CPU, memory, disks, network), on every host. Flags only, no configuration file.
import { z } from 'zod'
import { fromItsHost, hostPort } from './address.ts'
import { listensAt } from './clients.ts'
import { defineType } from './define-type.ts'
import { boundedStop, observer } from './hardening.ts'
import { httpAnswers, metricIs, unitActive } from './probes.ts'
import { directory, packages } from './resources.ts'
import { absolutePath, extraFlags, ipAddress, port } from './scalars.ts'
import { debianService } from './service.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'prometheus-node-exporter.service'

/** Collectors without which the dashboards and alerts of the stack are blind. */
const NEEDED = ['cpu', 'filesystem', 'loadavg', 'meminfo']

const collector = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, { error: 'expected the name of a collector, for instance systemd or tcpstat' })

const options = z.strictObject({
  port: port.default(9100).describe('Of its page of metrics; Prometheus follows it.'),
  listenAddress: ipAddress
    .optional()
    .describe(
      "Default: loopback while Prometheus runs on the same host only, else the host's address (the manifest's, else the Host's).",
    ),
  collectors: z
    .strictObject({
      enable: z.array(collector).default([]).describe('Beyond the default ones; each must then succeed.'),
      disable: z.array(collector).default([]),
    })
    .default({ enable: [], disable: [] })
    .refine(({ enable, disable }) => !enable.some((name) => disable.includes(name)), {
      error: 'a collector is both enabled and disabled',
    })
    .describe('Beyond, or fewer than, what the package has on by default.'),
  textfileDirectory: absolutePath
    .default('/var/lib/prometheus/node-exporter')
    .describe('Metrics that scripts leave there as *.prom files are served too.'),
  extraFlags,
})

type Options = z.output<typeof options>

/** What others need to know to scrape it. */
export const nodeExporterOptions = { type: 'node-exporter', options }

export const nodeExporter = defineType({
  ...nodeExporterOptions,
  summary: 'Machine metrics of a host (Debian package prometheus-node-exporter).',
  minHealthyMs: 10_000,
  render(options, context) {
    const listen = listensAt('node-exporter', options, context)
    const waiting = waitForAddress(listen)
    const at = { address: fromItsHost(listen), port: options.port }
    const wanted = [...new Set([...NEEDED, ...options.collectors.enable])]
    return {
      resources: [
        ...packages(['prometheus-node-exporter']),
        directory(options.textfileDirectory, { owner: 'prometheus', mode: 0o755 }),
        ...debianService(UNIT, {
          run: command(options, listen),
          service: [...observer, ...boundedStop, ...waiting.service],
          unit: waiting.unit,
        }),
      ],
      probes: [
        unitActive(UNIT),
        httpAnswers('metrics page', at, '/metrics', { body: '^node_exporter_build_info\\{' }),
        ...(options.collectors.disable.includes('textfile')
          ? []
          : [metricIs('textfile directory', at, 'node_textfile_scrape_error 0')]),
        ...wanted
          .filter((name) => name !== 'textfile' && !options.collectors.disable.includes(name))
          .map((name) => metricIs(`collector ${name}`, at, succeeded(name))),
      ],
    }
  },
})

function command({ port, collectors, textfileDirectory, extraFlags }: Options, listen: string): string[] {
  return [
    '/usr/bin/prometheus-node-exporter',
    `--web.listen-address=${hostPort(listen, port)}`,
    `--collector.textfile.directory=${textfileDirectory}`,
    ...collectors.enable.map((name) => `--collector.${name}`),
    ...collectors.disable.map((name) => `--no-collector.${name}`),
    ...extraFlags,
  ]
}

function succeeded(name: string): string {
  return `node_scrape_collector_success{collector="${name}"} 1`
}
