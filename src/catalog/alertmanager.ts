// Alertmanager: groups the alerts of Prometheus and sends them on. Options → configuration, service and the proof that the
// configuration given is the one that runs.
import { z } from 'zod'
import { fromItsHost, hostPort } from './address.ts'
import { yamlText } from './config-text.ts'
import { defineType } from './define-type.ts'
import { boundedStop, isolated } from './hardening.ts'
import { httpAnswers, metricIs, unitActive } from './probes.ts'
import { directory, file, packages } from './resources.ts'
import { duration, durationMs, extraFlags, ipAddress, oneLine, port } from './scalars.ts'
import { debianService } from './service.ts'

const UNIT = 'prometheus-alertmanager.service'
const CONFIG = '/etc/homeostat/alertmanager/alertmanager.yml'
const DATA = '/var/lib/prometheus/alertmanager'
/** Receives and tells nobody: what alerts go to as long as no receiver is configured. */
const NOBODY = 'nobody'

const receiver = z.strictObject({
  name: oneLine.max(100),
  webhookUrl: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .describe('Alerts are posted there as JSON.'),
  sendResolved: z.boolean().default(true).describe('Also tell when an alert is over.'),
})

const route = z.strictObject({
  receiver: oneLine.max(100).optional().describe('Default: the first receiver.'),
  groupBy: z
    .array(oneLine)
    .default(['alertname', 'job'])
    .describe('Alerts that agree in these labels make one message.'),
  groupWait: duration({ min: '1s', max: '1h' }).default('30s'),
  groupInterval: duration({ min: '1s', max: '1d' }).default('5m'),
  repeatInterval: duration({ min: '1m', max: '30d' }).default('4h'),
})

const options = z
  .strictObject({
    port: port.default(9093).describe('Of its web page and API.'),
    listenAddress: ipAddress.default('127.0.0.1').describe('Loopback: others reach it through the proxy.'),
    retention: duration({ min: '1h', max: '365d' })
      .default('5d')
      .describe('How long silences and notifications are kept.'),
    receivers: z.array(receiver).default([]).describe('Without any, alerts are shown and sent to nobody.'),
    route: route.prefault({}).describe('How alerts are grouped, and who gets them.'),
    extraFlags,
  })
  .superRefine(({ receivers, route }, context) => {
    const names = receivers.map(({ name }) => name)
    const twice = names.findIndex((name, index) => names.indexOf(name) !== index || name === NOBODY)
    if (twice >= 0) {
      const message =
        names[twice] === NOBODY ? `the name "${NOBODY}" is taken` : `receiver "${names[twice]}" occurs twice`
      context.addIssue({ code: 'custom', path: ['receivers', twice, 'name'], message })
    }
    if (route.receiver !== undefined && !names.includes(route.receiver)) {
      const message = `no such receiver; expected one of: ${names.join(', ') || '(there are none)'}`
      context.addIssue({ code: 'custom', path: ['route', 'receiver'], message })
    }
  })

type Options = z.output<typeof options>

/** What Prometheus needs to know to find it. */
export const alertmanagerOptions = { type: 'alertmanager', options }

export const alertmanager = defineType({
  ...alertmanagerOptions,
  summary: 'Groups and sends the alerts of Prometheus (Debian package prometheus-alertmanager).',
  minHealthyMs: 10_000,
  render(options) {
    const at = { address: fromItsHost(options.listenAddress), port: options.port }
    const config = file(CONFIG, yamlText(configuration(options)), {
      group: 'prometheus',
      mode: 0o640,
      validate: ['/usr/bin/amtool', 'check-config', '{staged}'],
    })
    return {
      resources: [
        ...packages(['prometheus-alertmanager']),
        directory('/etc/homeostat/alertmanager'),
        directory(DATA, { owner: 'prometheus', mode: 0o750 }),
        config,
        ...debianService(UNIT, {
          run: command(options),
          service: ['Restart=on-failure', ...isolated, `ReadWritePaths=${DATA}`, ...boundedStop],
          reloadOn: [config],
        }),
      ],
      probes: [
        unitActive(UNIT),
        httpAnswers('ready', at, '/-/ready'),
        // `disabled` is what it says of gossip without a listener; the v1 API is gone since 0.27.
        httpAnswers('status', at, '/api/v2/status', { json: [{ path: 'cluster.status', equals: 'disabled' }] }),
        metricIs('configuration loaded', at, 'alertmanager_config_last_reload_successful 1'),
      ],
    }
  },
})

function configuration({ receivers, route }: Options) {
  const all = [{ name: NOBODY }, ...receivers.map(receiverEntry)]
  return {
    route: {
      receiver: route.receiver ?? receivers[0]?.name ?? NOBODY,
      group_by: route.groupBy,
      group_wait: route.groupWait,
      group_interval: route.groupInterval,
      repeat_interval: route.repeatInterval,
    },
    receivers: all,
  }
}

function receiverEntry({ name, webhookUrl, sendResolved }: z.output<typeof receiver>) {
  return { name, webhook_configs: [{ url: webhookUrl, send_resolved: sendResolved }] }
}

function command({ port, listenAddress, retention, extraFlags }: Options): string[] {
  return [
    '/usr/bin/prometheus-alertmanager',
    `--config.file=${CONFIG}`,
    `--storage.path=${DATA}`,
    // Go's own durations end at hours: `5d` is refused there.
    `--data.retention=${durationMs(retention) / 3_600_000}h`,
    `--web.listen-address=${hostPort(listenAddress, port)}`,
    // Without a value there is no gossip, and no second listener on all interfaces.
    '--cluster.listen-address=',
    ...extraFlags,
  ]
}
