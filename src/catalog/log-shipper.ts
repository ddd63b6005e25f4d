// What the two log shippers have in common: the journal of their host goes to Loki under the same labels, so that one can take the
// place of the other in the middle of the stream, and the proof that a line written to the journal arrives.
import { z } from 'zod'
import { type ComponentKey, componentKey } from '../model/key.ts'
import type { LogRoundTripProbe } from '../model/probe.ts'
import { hostPort } from './address.ts'
import { foundAt } from './clients.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { lokiOptions } from './loki.ts'
import { instancesOf, nearest } from './peers.ts'
import { logRoundTrip, needing } from './probes.ts'
import { duration, ipAddress } from './scalars.ts'

const PUSH = '/loki/api/v1/push'

export const shipperOptions = {
  listenAddress: ipAddress
    .default('127.0.0.1')
    .describe('Of its page of metrics. Loopback: nobody needs it from outside.'),
  lokiUrl: z
    .url({ protocol: /^https?$/, error: `expected an http or https URL, for instance http://127.0.0.1:3100${PUSH}` })
    .optional()
    .describe('Default: the Loki of this desired state; where there is none, the one on this host.'),
  journalMaxAge: duration({ min: '1m', max: '30d' })
    .default('12h')
    .describe('Older lines of the journal are left out when it begins without a position.'),
}

/** Labels of every line of a host's journal, besides `unit`. */
export function journalLabels({ host }: RenderContext): Record<string, string> {
  return { job: 'systemd-journal', host: host.name }
}

/** Where this host's lines are pushed to. Throws `RenderError` where there is a Loki and none is in reach. */
export function pushUrl({ lokiUrl }: { lokiUrl?: string | undefined }, context: RenderContext): string {
  if (lokiUrl !== undefined) return lokiUrl
  const loki = nearest(instancesOf(lokiOptions, context), context.host)
  if (loki === undefined) return `http://127.0.0.1:3100${PUSH}`
  const { component, host, options } = loki
  const address = foundAt('loki', loki, context)
  if (address !== undefined) return urlOf(address, options.port)
  throw new RenderError(
    `${component} listens on ${options.listenAddress} of ${host.name} only, where ${context.component} on ${context.host.name} cannot ` +
      `reach it: leave out its listenAddress, or give it one that other hosts reach`,
    'spec.options.lokiUrl',
  )
}

/** A line written to the journal here can be read from Loki; none where Loki is asked otherwise than by plain HTTP. */
export function journalArrives(url: string, context: RenderContext): LogRoundTripProbe[] {
  const { protocol, hostname, port, pathname, username } = new URL(url)
  if (protocol !== 'http:' || pathname !== PUSH || username !== '') return []
  const at = { address: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) }
  const probe = logRoundTrip('journal arrives', at, { through: 'journal', labels: journalLabels(context) })
  return [needing(probe, lokiAt(url, context))]
}

/** Ours, where that is where they go. */
function lokiAt(url: string, context: RenderContext): ComponentKey[] {
  const loki = nearest(instancesOf(lokiOptions, context), context.host)
  const address = loki === undefined ? undefined : foundAt('loki', loki, context)
  if (loki === undefined || address === undefined) return []
  return url === urlOf(address, loki.options.port) ? [componentKey(loki.component, loki.host.name)] : []
}

function urlOf(address: string, port: number): string {
  return `http://${hostPort(address, port)}${PUSH}`
}
