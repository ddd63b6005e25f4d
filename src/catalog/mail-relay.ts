// Mail relay: takes the mail of alerts. Others run it; we look whether it greets as SMTP servers do, so that what needs it can wait.
import { z } from 'zod'
import { defineType } from './define-type.ts'
import { livenessProbes, serviceAddress, serviceOf } from './external-service.ts'
import { greets } from './probes.ts'
import { hostAddress, port } from './scalars.ts'

const options = z.strictObject({
  address: hostAddress.optional().describe("Where it is found from the component's host. Default: the manifest's ip."),
  port: port.default(25).describe('587 where mail has to be submitted; not 465, where TLS comes first.'),
})

/** What needs to be known to send mail through it. */
export const mailRelayOptions = { type: 'mail-relay', options }

export const mailRelay = defineType({
  ...mailRelayOptions,
  summary: 'The SMTP server that takes our mail, run by others: only observed.',
  external: true,
  minHealthyMs: 0,
  render(options, context) {
    const service = serviceOf(context, 'mail')
    const address = serviceAddress(options.address, service, 'mail')
    return {
      resources: [],
      // 220 is "service ready" (RFC 5321, 4.2.3); a relay that is overloaded says 421.
      probes: [
        greets('SMTP greeting', { address, port: options.port }, '^220[ -]'),
        ...livenessProbes(service, context),
      ],
    }
  },
})
