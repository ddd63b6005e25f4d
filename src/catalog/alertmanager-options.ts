// The options of Alertmanager: apart from its rendering, because Prometheus has to find it.
import { z } from 'zod'
import { absolutePath, duration, extraFlags, hostAddress, ipAddress, oneLine, port } from './scalars.ts'

/** Receives and tells nobody: what alerts go to as long as no receiver is configured. */
export const NOBODY = 'nobody'

const receiverName = oneLine.max(100)
const labelName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of a label' })
const grouping = z.array(oneLine).min(1).describe('Alerts that agree in these labels make one message.')

/** What Alertmanager knows besides (prometheus.io/docs/alerting/latest/configuration): in its own words, for amtool to check. */
export const OWN_RECEIVERS = [
  ...['discord_configs', 'email_configs', 'incidentio_configs', 'jira_configs', 'mattermost_configs'],
  ...['msteams_configs', 'msteamsv2_configs', 'opsgenie_configs', 'pagerduty_configs', 'pushover_configs'],
  ...['rocketchat_configs', 'slack_configs', 'sns_configs', 'telegram_configs', 'victorops_configs'],
  ...['webex_configs', 'webhook_configs', 'wechat_configs'],
] as const

const ownWords = z
  .array(z.record(z.string(), z.unknown()))
  .optional()
  .describe("In Alertmanager's own words. A field that ends in _file may have a secret: it is put into a file.")

const ownReceivers = Object.fromEntries(OWN_RECEIVERS.map((type) => [type, ownWords])) as Record<
  (typeof OWN_RECEIVERS)[number],
  typeof ownWords
>

const receiver = z.strictObject({
  name: receiverName,
  webhookUrl: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .optional()
    .describe('Alerts are posted there as JSON.'),
  mailTo: z
    .array(z.email({ error: 'expected an e-mail address' }))
    .min(1)
    .optional()
    .describe('Alerts are sent there through the mail service of the manifest, or as `smtp` says.'),
  sendResolved: z.boolean().default(true).describe('Also tell when an alert is over.'),
  ...ownReceivers,
})

const timing = {
  groupWait: duration({ min: '0s', max: '1h' }),
  groupInterval: duration({ min: '1s', max: '1d' }),
  repeatInterval: duration({ min: '1m', max: '30d' }),
}

const branch = z
  .strictObject({
    receiver: receiverName,
    match: z.record(labelName, oneLine).default({}).describe('Labels that an alert has to have.'),
    matchers: z.array(oneLine).default([]).describe('More conditions, as Alertmanager writes them: severity=~"a|b".'),
    continue: z.boolean().default(false).describe('Whether the routes after this one get the alert too.'),
    groupBy: grouping.optional(),
    groupWait: timing.groupWait.optional(),
    groupInterval: timing.groupInterval.optional(),
    repeatInterval: timing.repeatInterval.optional(),
  })
  .refine(({ match, matchers }) => Object.keys(match).length + matchers.length > 0, {
    error: 'expected match or matchers: without a condition it would take every alert, as route.receiver does',
  })

const route = z.strictObject({
  receiver: receiverName.optional().describe('Default: the first receiver.'),
  groupBy: grouping.default(['alertname', 'job']),
  groupWait: timing.groupWait.default('30s'),
  groupInterval: timing.groupInterval.default('5m'),
  repeatInterval: timing.repeatInterval.default('4h'),
  routes: z.array(branch).default([]).describe('Who gets what else; the first one that fits.'),
})

const smtp = z.strictObject({
  address: hostAddress.optional().describe("Default: the mail-relay component's, else the manifest's service mail."),
  port: port.optional().describe("Default: the mail-relay component's, else 25."),
  from: z.email({ error: 'expected an e-mail address' }).optional().describe('Default: alertmanager@ the domain.'),
  hello: hostAddress.optional().describe('How it names itself. Default: the name of its host.'),
  requireTls: z.boolean().default(true).describe('Whether nothing is sent without STARTTLS.'),
  serverName: hostAddress.optional().describe("Whose certificate it has to be. Default: the manifest's hostname."),
  caFile: absolutePath
    .optional()
    .describe('Who may have signed it, a file of the host. Default: the public authorities.'),
  username: oneLine.optional(),
  password: oneLine.optional().describe('A reference to a secret; it is put into a file.'),
})

const options = z
  .strictObject({
    port: port.default(9093).describe('Of its web page and API.'),
    listenAddress: ipAddress
      .optional()
      .describe("Default: loopback while all who connect to it run on its host, else the host's address for others."),
    retention: duration({ min: '1h', max: '365d' })
      .default('5d')
      .describe('How long silences and notifications are kept.'),
    receivers: z.array(receiver).default([]).describe('Without any, alerts are shown and sent to nobody.'),
    route: route.prefault({}).describe('How alerts are grouped, and who gets them.'),
    watchdog: receiverName
      .optional()
      .describe('Who gets the alert that always fires, every minute: a service outside that tells when it stops.'),
    smtp: smtp.prefault({}).describe('How mail is sent.'),
    inhibit: z.boolean().default(true).describe('Whether what is down silences what depends on it.'),
    inhibitRules: z
      .array(z.record(z.string(), z.unknown()))
      .default([])
      .describe("More of them, as Alertmanager's own inhibit_rules has them."),
    extraFlags,
  })
  .superRefine((options, context) => {
    for (const { path, message } of problems(options)) context.addIssue({ code: 'custom', path, message })
  })

export type AlertmanagerOptions = z.output<typeof options>
export type Receiver = AlertmanagerOptions['receivers'][number]

/** What others need to know to find it. */
export const alertmanagerOptions = { type: 'alertmanager', options }

interface Named {
  receivers: { name: string }[]
  route: { receiver?: string | undefined; routes: { receiver: string }[] }
  watchdog?: string | undefined
}

/** Names that are used twice, and names of receivers that there are not. */
function problems({ receivers, route, watchdog }: Named): { path: (string | number)[]; message: string }[] {
  const names = receivers.map(({ name }) => name)
  const known = names.join(', ') || '(there are none)'
  const twice = names.flatMap((name, at) => {
    const path = ['receivers', at, 'name']
    if (name === NOBODY) return [{ path, message: `the name "${NOBODY}" is taken` }]
    return names.indexOf(name) === at ? [] : [{ path, message: `receiver "${name}" occurs twice` }]
  })
  const used: [string | undefined, (string | number)[]][] = [
    [route.receiver, ['route', 'receiver']],
    ...route.routes.map((it, at): [string, (string | number)[]] => [it.receiver, ['route', 'routes', at, 'receiver']]),
    [watchdog, ['watchdog']],
  ]
  const unknown = used.flatMap(([name, path]) =>
    name === undefined || name === NOBODY || names.includes(name)
      ? []
      : [{ path, message: `no such receiver; expected one of: ${known}` }],
  )
  return [...twice, ...unknown]
}
