// Grafana: shows what Prometheus and Loki know. Options, manifest and Dashboard documents → configuration, what it is provisioned
// with, service and the proof that its database, every data source and every dashboard are there.
import type { ManifestDatabase, ManifestService } from '../model/manifest.ts'
import type { HttpProbe, Probe } from '../model/probe.ts'
import { fromItsHost, hostPort, manifestEntry } from './address.ts'
import { listensAt } from './clients.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { dashboardsText, dataSourcesText, iniText } from './grafana-config.ts'
import { type DashboardFile, dashboardDirectories, dashboardFiles } from './grafana-dashboards.ts'
import { type DataSource, dataSources } from './grafana-data-sources.ts'
import { type GrafanaOptions, grafanaOptions } from './grafana-options.ts'
import { grafanaPackage } from './grafana-repository.ts'
import { signOn } from './grafana-sign-on.ts'
import { boundedStop, isolated } from './hardening.ts'
import { type Endpoint, httpAnswers, needing, unitActive } from './probes.ts'
import { directory, file } from './resources.ts'
import { debianService } from './service.ts'
import { waitForAddress } from './wait-for-address.ts'

const UNIT = 'grafana-server.service'
const ETC = '/etc/homeostat/grafana'
const CONFIG = `${ETC}/grafana.ini`
const DATA = '/var/lib/grafana'
const READABLE = { group: 'grafana', mode: 0o640 }
const HOME = '/usr/share/grafana'

export const grafana = defineType({
  ...grafanaOptions,
  summary: "Dashboards over Prometheus and Loki (package grafana of Grafana Labs' repository).",
  minHealthyMs: 30_000,
  render(options, context) {
    const listen = listensAt('grafana', options, context)
    const at = { address: fromItsHost(listen), port: options.port }
    const sources = dataSources(context)
    const dashboards = dashboardFiles(`${ETC}/dashboards`, READABLE, context)
    const plan = planOf(options, context)
    const read = [
      file(CONFIG, iniText(settings(options, listen, plan)), READABLE),
      file(`${ETC}/provisioning/datasources/homeostat.yaml`, dataSourcesText(sources), READABLE),
      file(`${ETC}/provisioning/dashboards/homeostat.yaml`, dashboardsText(`${ETC}/dashboards`), READABLE),
      ...secretFiles(options, plan),
    ]
    const wait = waitForAddress(listen)
    return {
      resources: [
        ...grafanaPackage('grafana'),
        ...[ETC, `${ETC}/provisioning`, `${ETC}/provisioning/datasources`].map((path) => directory(path)),
        directory(`${ETC}/provisioning/dashboards`),
        directory(`${ETC}/secrets`, { group: 'grafana', mode: 0o750 }),
        ...dashboardDirectories(`${ETC}/dashboards`, context),
        directory(DATA, { owner: 'grafana', mode: 0o755 }),
        ...read,
        ...dashboards.map(({ resource }) => resource),
        ...debianService(UNIT, {
          run: [`${HOME}/bin/grafana`, 'server', `--config=${CONFIG}`, `--homepath=${HOME}`, ...options.extraFlags],
          service: [
            'User=grafana',
            'Group=grafana',
            'Restart=on-failure',
            ...isolated,
            `ReadWritePaths=${DATA} /var/log/grafana`,
            ...boundedStop,
            ...wait.service,
          ],
          unit: wait.unit,
          restartOn: read,
        }),
      ],
      probes: probes(options, at, sources, dashboards),
    }
  },
})

interface Plan {
  /** Where browsers find it. */
  url: URL
  database: ManifestDatabase | undefined
  signOn: Record<string, string | boolean> | undefined
}

function planOf(options: GrafanaOptions, { manifest, host }: RenderContext): Plan {
  const service = manifestEntry(manifest, host)
  return {
    url: publicUrl(options, service),
    database: service?.interface.db,
    signOn: signOn(service, manifest, options.roles),
  }
}

/** The proxy entry that leads to its port, else the one that has its name. */
function publicUrl({ port }: GrafanaOptions, service: ManifestService | undefined): URL {
  const entries = Object.entries(service?.interface.proxy ?? {})
  const [, entry] =
    entries.find(([, { upstream }]) => upstream.endsWith(`:${port}`)) ??
    entries.find(([name]) => name === 'grafana') ??
    []
  if (entry === undefined) return new URL(`http://localhost:${port}/`)
  return new URL(`https://${entry.domain}${entry.path.endsWith('/') ? entry.path : `${entry.path}/`}`)
}

function settings({ port, adminUser, dbSslMode }: GrafanaOptions, listen: string, { url, database, signOn }: Plan) {
  return {
    server: {
      protocol: 'http',
      http_addr: listen,
      http_port: port,
      domain: url.hostname,
      root_url: url.href,
      serve_from_sub_path: url.pathname !== '/',
    },
    paths: { data: DATA, logs: '/var/log/grafana', plugins: `${DATA}/plugins`, provisioning: `${ETC}/provisioning` },
    database:
      database === undefined
        ? { type: 'sqlite3', path: 'grafana.db' }
        : {
            type: 'postgres',
            host: hostPort(database.host, database.port),
            name: database.name,
            user: database.owner,
            password: fromFile('database-password'),
            ssl_mode: dbSslMode,
          },
    security: {
      admin_user: adminUser,
      admin_password: fromFile('admin-password'),
      cookie_secure: url.protocol === 'https:',
      disable_gravatar: true,
    },
    users: { allow_sign_up: false },
    'auth.anonymous': { enabled: false },
    ...(signOn === undefined ? {} : { 'auth.generic_oauth': { ...signOn, client_secret: fromFile('client-secret') } }),
    analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
    news: { news_feed_enabled: false },
    snapshots: { external_enabled: false },
    // Otherwise it fetches apps of its maker's from the Internet at its first start.
    plugins: { preinstall_disabled: true },
    log: { mode: 'console', level: 'info' },
  }
}

function fromFile(name: string): string {
  return `$__file{${ETC}/secrets/${name}}`
}

function secretFiles({ adminPassword, dbPassword, clientSecret }: GrafanaOptions, { database, signOn }: Plan) {
  const put = (name: string, content: string) => file(`${ETC}/secrets/${name}`, content, READABLE)
  return [
    put('admin-password', adminPassword),
    ...(database === undefined ? [] : [put('database-password', dbPassword)]),
    ...(signOn === undefined ? [] : [put('client-secret', clientSecret)]),
  ]
}

function probes(options: GrafanaOptions, at: Endpoint, sources: DataSource[], dashboards: DashboardFile[]): Probe[] {
  const asAdmin = (probe: HttpProbe): HttpProbe => ({ ...probe, headers: { authorization: basic(options) } })
  return [
    unitActive(UNIT),
    httpAnswers('database', at, '/api/health', { json: [{ path: 'database', equals: 'ok' }] }),
    asAdmin(administrator(options, at)),
    ...sources.map(({ type, name, by }) =>
      needing(
        asAdmin(
          httpAnswers(`data source ${name}`, at, `/api/datasources/uid/${type}/health`, {
            json: [{ path: 'status', equals: 'OK' }],
          }),
        ),
        [by],
      ),
    ),
    ...dashboards.map(({ uid, title }) =>
      asAdmin(
        httpAnswers(`dashboard ${uid}`, at, `/api/dashboards/uid/${uid}`, {
          json: [{ path: 'dashboard.title', equals: title }],
        }),
      ),
    ),
    provisioned,
  ]
}

function administrator({ adminUser }: GrafanaOptions, at: Endpoint): HttpProbe {
  const probe = httpAnswers('administrator', at, '/api/user', { json: [{ path: 'login', equals: adminUser }] })
  return {
    ...probe,
    expect: { ...probe.expect, otherwise: [{ status: [401], message: NOT_HIS_PASSWORD, certain: false }] },
  }
}

const NOT_HIS_PASSWORD =
  'its database has another password for the administrator: Grafana takes the configured one at its very first start only; ' +
  `on the host: ${HOME}/bin/grafana cli --homepath ${HOME} --config ${CONFIG} admin reset-admin-password --password-from-stdin < ${ETC}/secrets/admin-password`

/** `Basic` and the name with the password, which is put in on the way: it stands in no target and on no command line. */
function basic({ adminUser, adminPassword }: GrafanaOptions): string {
  return `Basic ${adminPassword.replace(/\}$/, `|basic:${adminUser}}`)}`
}

/** What it could not take from its files it says in its journal only, and again with every look at them. */
const provisioned: Probe = {
  kind: 'command',
  name: 'nothing failed in its journal',
  argv: [
    'sh',
    '-c',
    `found=$(journalctl --quiet --no-pager --output=cat --unit=${UNIT} --since=-60s --lines=3 --grep='logger=provisioning.*level=(error|crit)') || :
[ -z "$found" ] || { printf '%s\\n' "$found" >&2; exit 1; }`,
  ],
  timeoutMs: 5_000,
}
