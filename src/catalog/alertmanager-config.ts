// The text of alertmanager.yml: who gets which alert, how it is sent, what silences what. Secrets stand in files beside it.
import { secretReferences } from '../model/secret-reference.ts'
import { addressForOthers, hostPort, isIp, readableName } from './address.ts'
import { type AlertmanagerOptions, NOBODY, OWN_RECEIVERS, type Receiver } from './alertmanager-options.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { serviceAddress, serviceOf } from './external-service.ts'
import { inhibitRules } from './inhibit-rules.ts'
import { mailRelayOptions } from './mail-relay.ts'
import { instancesOf } from './peers.ts'

export interface AlertmanagerConfig {
  data: Record<string, unknown>
  /** Name of a file in the directory of secrets → its content. */
  secrets: Map<string, string>
}

/** Throws `RenderError` where mail is to be sent and nobody is known who takes it. */
export function alertmanagerConfig(
  options: AlertmanagerOptions,
  context: RenderContext,
  secretsDirectory: string,
): AlertmanagerConfig {
  const secrets = new Map<string, string>()
  const keep = (name: string, content: string) => {
    secrets.set(name, content)
    return `${secretsDirectory}/${name}`
  }
  const mail = options.receivers.some(({ mailTo }) => mailTo !== undefined) ? mailServer(options, context) : undefined
  const data = {
    ...(mail === undefined ? {} : { global: globalOf(options, mail, keep) }),
    route: routeOf(options),
    ...inhibitionsOf(options, context),
    receivers: [{ name: NOBODY }, ...options.receivers.map((it) => receiverOf(it, mail, keep))],
  }
  return { data, secrets }
}

type Keep = (name: string, content: string) => string

interface MailServer {
  /** `host:port`. */
  smarthost: string
  /** Whose certificate it has, where the address does not say so. */
  serverName: string | undefined
  /** Of the host: who may have signed that. */
  caFile: string | undefined
  from: string
  hello: string
}

function mailServer({ smtp }: AlertmanagerOptions, context: RenderContext): MailServer {
  const { manifest, host } = context
  const [relay] = instancesOf(mailRelayOptions, context)
  const service = serviceOf({ ...context, component: relay?.component ?? 'mail' }, 'mail')
  if (smtp.address === undefined && relay === undefined && service?.enable !== true) {
    const message =
      'mail is to be sent, and there is neither a component of type mail-relay nor an enabled service mail'
    throw new RenderError(`${message} in the manifest; expected options.smtp.address`, 'spec.options.smtp')
  }
  const from = smtp.from ?? (manifest && `alertmanager@${manifest.network.domain}`)
  if (from === undefined)
    throw new RenderError('without a manifest there is no domain to send mail from', 'spec.options.smtp.from')
  const address = smtp.address ?? serviceAddress(relay?.options.address, service, 'mail')
  const port = smtp.port ?? relay?.options.port ?? 25
  const serverName = smtp.serverName ?? (smtp.address === undefined && isIp(address) ? service?.hostname : undefined)
  const ownName = readableName(manifest, host)
  const hello = smtp.hello ?? (ownName === host.name ? addressForOthers(manifest, host) : ownName)
  return { smarthost: hostPort(address, port), serverName, caFile: smtp.caFile, from, hello }
}

function globalOf({ smtp }: AlertmanagerOptions, { smarthost, from, hello }: MailServer, keep: Keep) {
  return {
    smtp_smarthost: smarthost,
    smtp_from: from,
    smtp_hello: hello,
    smtp_require_tls: smtp.requireTls,
    ...(smtp.username === undefined ? {} : { smtp_auth_username: smtp.username }),
    ...(smtp.password === undefined ? {} : { smtp_auth_password_file: keep('smtp-password', smtp.password) }),
  }
}

function routeOf({ receivers, route, watchdog }: AlertmanagerOptions) {
  return {
    receiver: route.receiver ?? receivers[0]?.name ?? NOBODY,
    group_by: route.groupBy,
    group_wait: route.groupWait,
    group_interval: route.groupInterval,
    repeat_interval: route.repeatInterval,
    routes: [watchdogRoute(watchdog), ...route.routes.map(branchOf)],
  }
}

/** It fires for ever: to people it says nothing, to who waits for it that Prometheus and Alertmanager work. */
function watchdogRoute(receiver: string | undefined) {
  const matchers = ['alertname="Watchdog"']
  if (receiver === undefined) return { receiver: NOBODY, matchers }
  return { receiver, matchers, group_wait: '0s', group_interval: '1m', repeat_interval: '1m' }
}

function branchOf(branch: AlertmanagerOptions['route']['routes'][number]) {
  const { receiver, match, matchers, groupBy, groupWait, groupInterval, repeatInterval } = branch
  return {
    receiver,
    matchers: [...Object.entries(match).map(([name, value]) => `${name}=${JSON.stringify(value)}`), ...matchers],
    ...(branch.continue ? { continue: true } : {}),
    ...(groupBy === undefined ? {} : { group_by: groupBy }),
    ...(groupWait === undefined ? {} : { group_wait: groupWait }),
    ...(groupInterval === undefined ? {} : { group_interval: groupInterval }),
    ...(repeatInterval === undefined ? {} : { repeat_interval: repeatInterval }),
  }
}

function inhibitionsOf({ inhibit, inhibitRules: more }: AlertmanagerOptions, context: RenderContext) {
  const rules = [...(inhibit ? inhibitRules(context) : []), ...more]
  return rules.length === 0 ? {} : { inhibit_rules: rules }
}

function receiverOf(receiver: Receiver, mail: MailServer | undefined, keep: Keep): Record<string, unknown> {
  const { name, webhookUrl, mailTo, sendResolved } = receiver
  const own = Object.fromEntries(
    OWN_RECEIVERS.flatMap((type) => (receiver[type] === undefined ? [] : [[type, inFiles(receiver[type], keep)]])),
  ) as Record<string, unknown[]>
  const tls = tlsOf(mail)
  const webhooks = webhookUrl === undefined ? [] : [{ url: webhookUrl, send_resolved: sendResolved }]
  const mails = mailTo === undefined ? [] : [{ to: mailTo.join(', '), send_resolved: sendResolved, ...tls }]
  return {
    name,
    ...own,
    ...together('webhook_configs', webhooks, own),
    ...together('email_configs', mails, own),
  }
}

function tlsOf({ serverName, caFile }: Partial<MailServer> = {}) {
  if (serverName === undefined && caFile === undefined) return {}
  return {
    tls_config: {
      ...(serverName === undefined ? {} : { server_name: serverName }),
      ...(caFile === undefined ? {} : { ca_file: caFile }),
    },
  }
}

function together(type: string, ours: unknown[], own: Record<string, unknown[]>) {
  return ours.length === 0 ? {} : { [type]: [...ours, ...(own[type] ?? [])] }
}

/** The same data, with the path of a file wherever a field that names a file has a secret instead. */
function inFiles(value: unknown, keep: Keep, field = ''): unknown {
  if (Array.isArray(value)) return value.map((it) => inFiles(it, keep))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, inFiles(it, keep, name)]))
  if (typeof value !== 'string' || !field.endsWith('_file')) return value
  const [reference] = secretReferences(value)
  if (reference?.name === undefined || reference.text !== value) return value
  // Names of secrets have no colon, so that two of them never share a file.
  return keep(reference.name.replaceAll('/', ':'), value)
}
