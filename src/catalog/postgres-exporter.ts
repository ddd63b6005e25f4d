// PostgreSQL exporter: the server's numbers for Prometheus, asked for over the local socket by a role that may read them and nothing else.
import { z } from 'zod'
import { fromItsHost, hostPort } from './address.ts'
import { listensAt } from './clients.ts'
import { defineType, RenderError } from './define-type.ts'
import { boundedStop, isolated } from './hardening.ts'
import { runsOn } from './peers.ts'
import { httpAnswers, metricIs, unitActive } from './probes.ts'
import { packages, user } from './resources.ts'
import { extraFlags, ipAddress, port } from './scalars.ts'
import { debianService } from './service.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'prometheus-postgres-exporter.service'
/** A system user of its own, and the role of its name: Debian's user prometheus is that of every exporter on the machine. */
const ROLE = 'postgres-exporter'

const options = z.strictObject({
  port: port.default(9187).describe('Of its page of metrics; Prometheus follows it.'),
  listenAddress: ipAddress
    .optional()
    .describe(
      "Default: loopback while Prometheus runs on the same host only, else the host's address (the manifest's, else the Host's).",
    ),
  extraFlags,
})

/** What others need to know to scrape it. */
export const postgresExporterOptions = { type: 'postgres-exporter', options }

export const postgresExporter = defineType({
  ...postgresExporterOptions,
  summary: "PostgreSQL's numbers for Prometheus, over the local socket (Debian package prometheus-postgres-exporter).",
  minHealthyMs: 10_000,
  render(options, context) {
    if (!runsOn('postgresql', context.host, context)) {
      const message = `there is no component of type postgresql on ${context.host.name}, and the numbers are those of PostgreSQL`
      throw new RenderError(message, 'spec.hosts')
    }
    const listen = listensAt('postgres-exporter', options, context)
    const waiting = waitForAddress(listen)
    const at = { address: fromItsHost(listen), port: options.port }
    return {
      resources: [
        ...packages(['prometheus-postgres-exporter']),
        user(ROLE, '/nonexistent'),
        { kind: 'postgres-role', name: ROLE, memberOf: ['pg_monitor'] },
        ...debianService(UNIT, {
          run: [
            '/usr/bin/prometheus-postgres-exporter',
            `--web.listen-address=${hostPort(listen, options.port)}`,
            ...options.extraFlags,
          ],
          service: [
            `User=${ROLE}`,
            `Group=${ROLE}`,
            `Environment="DATA_SOURCE_NAME=user=${ROLE} host=/run/postgresql dbname=postgres"`,
            ...isolated,
            ...boundedStop,
            ...waiting.service,
          ],
          unit: waiting.unit,
        }),
      ],
      probes: [
        unitActive(UNIT),
        metricIs('PostgreSQL answers', at, 'pg_up 1'),
        // The role may see what pg_monitor may.
        httpAnswers('numbers', at, '/metrics', { body: '^pg_stat_database_numbackends\\{' }),
      ],
    }
  },
})
