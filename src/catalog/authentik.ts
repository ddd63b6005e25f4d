// authentik: the sign-on of the network. Others run it; we look whether it is ready, so that what needs it can wait.
import { z } from 'zod'
import { defineType } from './define-type.ts'
import { livenessProbes, serviceAddress, serviceOf } from './external-service.ts'
import { httpAnswers } from './probes.ts'
import { hostAddress, port } from './scalars.ts'

const options = z.strictObject({
  address: hostAddress.optional().describe("Where it is found from the component's host. Default: the manifest's ip."),
  port: port.default(9000).describe('Of its web server, without TLS.'),
  metricsPort: port.optional().describe('Of its metrics, usually 9300. Default: they are not scraped.'),
})

/** What others need to know to scrape it. */
export const authentikOptions = { type: 'authentik', options }

export const authentik = defineType({
  ...authentikOptions,
  summary: 'The sign-on provider, run by others: only observed.',
  external: true,
  minHealthyMs: 0,
  render(options, context) {
    const service = serviceOf(context, 'authentik')
    const address = serviceAddress(options.address, service, 'authentik')
    const ready = httpAnswers('ready', { address, port: options.port }, '/-/health/ready/')
    const { metricsPort } = options
    return {
      resources: [],
      probes: [
        // 204 in older versions.
        { ...ready, expect: { status: [200, 204] } },
        ...(metricsPort === undefined ? [] : [httpAnswers('metrics page', { address, port: metricsPort }, '/metrics')]),
        ...livenessProbes(service, context),
      ],
    }
  },
})
