// Alertmanager: groups the alerts of Prometheus and sends them on. Options → configuration, service and the proof that the
// configuration given is the one that runs, and that every route leads where it should.
import { createHash } from 'node:crypto'
import { refersToSecret } from '../model/secret-reference.ts'
import { fromItsHost, hostPort } from './address.ts'
import { alertmanagerConfig } from './alertmanager-config.ts'
import { type AlertmanagerOptions, alertmanagerOptions, NOBODY } from './alertmanager-options.ts'
import { listensAt } from './clients.ts'
import { yamlText } from './config-text.ts'
import { defineType } from './define-type.ts'
import { boundedStop, isolated, seesItselfOnly } from './hardening.ts'
import { type Endpoint, httpAnswers, metricIs, unitActive } from './probes.ts'
import { directory, file, packages, user } from './resources.ts'
import { durationMs } from './scalars.ts'
import { debianService } from './service.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'prometheus-alertmanager.service'
const ETC = '/etc/homeostat/alertmanager'
const CONFIG = `${ETC}/alertmanager.yml`
const SECRETS = `${ETC}/secrets`
const DATA = '/var/lib/prometheus/alertmanager'
/** Debian runs it as the user of its other Prometheus packages, the exporters among them: what is secret is for a group that only it has. */
const GROUP = 'homeostat-alertmanager'
const READABLE = { group: GROUP, mode: 0o640 }

export const alertmanager = defineType({
  ...alertmanagerOptions,
  summary: 'Groups and sends the alerts of Prometheus (Debian package prometheus-alertmanager).',
  minHealthyMs: 10_000,
  render(options, context) {
    const { data, secrets } = alertmanagerConfig(options, context, SECRETS)
    const text = yamlText(data)
    const listen = listensAt('alertmanager', options, context)
    const wait = waitForAddress(listen)
    const config = file(CONFIG, text, { ...READABLE, validate: validator(options) })
    const secretFiles = [...secrets].map(([name, content]) => file(`${SECRETS}/${name}`, content, READABLE))
    return {
      resources: [
        ...packages(['prometheus-alertmanager']),
        user(GROUP, '/nonexistent'),
        directory(ETC),
        ...(secrets.size === 0 ? [] : [directory(SECRETS, { group: GROUP, mode: 0o750 })]),
        directory(DATA, { owner: 'prometheus', mode: 0o750 }),
        config,
        ...secretFiles,
        ...debianService(UNIT, {
          run: command(options, listen),
          service: [
            'Restart=on-failure',
            `SupplementaryGroups=${GROUP}`,
            ...isolated,
            ...seesItselfOnly,
            'RestrictAddressFamilies=none',
            'RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK',
            'SystemCallFilter=~@setuid',
            `ReadWritePaths=${DATA}`,
            ...boundedStop,
            ...wait.service,
          ],
          unit: wait.unit,
          reloadOn: [config, ...secretFiles],
        }),
      ],
      probes: [unitActive(UNIT), ...probes(options, { address: fromItsHost(listen), port: options.port }, text)],
    }
  },
})

function probes({ receivers }: AlertmanagerOptions, at: Endpoint, text: string) {
  const names = receivers.map(({ name }) => name)
  return [
    httpAnswers('ready', at, '/-/ready'),
    // `disabled` is what it says of gossip without a listener; the v1 API is gone since 0.27.
    httpAnswers('status', at, '/api/v2/status', { json: [{ path: 'cluster.status', equals: 'disabled' }] }),
    httpAnswers('receivers', at, '/api/v2/receivers', {
      json: [NOBODY, ...names].map((name, index) => ({ path: `${index}.name`, equals: name })),
    }),
    metricIs('configuration loaded', at, 'alertmanager_config_last_reload_successful 1'),
    // What a secret is put into has another text on the host than here.
    ...(refersToSecret(text)
      ? []
      : [metricIs('configuration is ours', at, `alertmanager_config_hash ${hashOf(text)}`)]),
  ]
}

/**
 * What Alertmanager says of a configuration in its metric: the first six bytes of the text's MD5 as a number, low byte first
 * (config/coordinator.go, `md5HashAsMetricValue`), written as Go writes it.
 */
export function hashOf(text: string): string {
  const hash = createHash('md5').update(text).digest().readUIntLE(0, 6)
  return hash < 1e6 ? String(hash) : hash.toExponential().replace(/\+(\d)$/, '+0$1')
}

/** `amtool` reads the file, and then says for every route that names all of its labels who gets such an alert. */
function validator({ route: { routes } }: AlertmanagerOptions): string[] {
  const told = routes.filter(({ matchers }) => matchers.length === 0)
  if (told.length === 0) return ['/usr/bin/amtool', 'check-config', '{staged}']
  const calls = told.map(({ receiver, match }) => {
    const labels = Object.entries(match).map(([name, value]) => `${name}=${value}`)
    return ['reaches', receiver, ...labels].map(quoted).join(' ')
  })
  return ['/bin/sh', '-c', [ROUTE_TEST, ...calls].join('\n'), 'sh', '{staged}']
}

const ROUTE_TEST = `set -eu
config=$1
amtool check-config "$config"
reaches() {
  receiver=$1
  shift
  found=$(amtool config routes test --config.file="$config" "$@" 2>/dev/null) || {
    printf 'amtool cannot say where an alert with %s goes\\n' "$*" >&2
    exit 1
  }
  case ",$found," in
    *",$receiver,"*) ;;
    *) printf 'an alert with %s goes to %s and never to %s: a route before its own takes it\\n' "$*" "$found" "$receiver" >&2
      exit 1 ;;
  esac
}`

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function command({ port, retention, extraFlags }: AlertmanagerOptions, listen: string): string[] {
  return [
    '/usr/bin/prometheus-alertmanager',
    `--config.file=${CONFIG}`,
    `--storage.path=${DATA}`,
    // Go's own durations end at hours: `5d` is refused there.
    `--data.retention=${durationMs(retention) / 3_600_000}h`,
    `--web.listen-address=${hostPort(listen, port)}`,
    // Without a value there is no gossip, and no second listener on all interfaces.
    '--cluster.listen-address=',
    ...extraFlags,
  ]
}
