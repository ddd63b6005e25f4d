// What the Caddy exporter can be told. Apart from its type, because Caddy itself, which serves the metrics, reads it too.
import { z } from 'zod'
import { ipAddress, port } from './scalars.ts'

const options = z.strictObject({
  port: port
    .default(2019)
    .refine((number) => number !== 80 && number !== 443, {
      error: 'Caddy serves its sites there; expected another port',
    })
    .describe('Of the page of metrics; Prometheus follows it.'),
  listenAddress: ipAddress
    .optional()
    .describe(
      "Default: loopback while Prometheus runs on the same host only, else the host's address (the manifest's, else the Host's).",
    ),
})

export const caddyExporterOptions = { type: 'caddy-exporter', options }
