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
      "Default: the address where Prometheus finds the host (the manifest's, else the Host's); all when that is no IP.",
    ),
})

export const caddyExporterOptions = { type: 'caddy-exporter', options }
