// A stand-in for Grafana 12: its configuration, its database, what it is provisioned with, and the pages that are asked whether it
// works. Nobody has recorded the real one here: it follows the documentation and the source.
import { text } from 'node:stream/consumers'
import { hasFault } from './faults.ts'
import { Refusal, readFlags, runMain } from './go-program.ts'
import {
  type DataSource,
  type Ini,
  type LoadedDashboard,
  loadDashboards,
  readDataSources,
  readIni,
  readProviders,
} from './grafana-config.ts'
import { type Users, usersOf } from './grafana-users.ts'
import { disclaimer } from './identity.ts'
import { Metrics } from './metrics.ts'
import { request } from './request.ts'
import { type Answer, type Asked, type Routes, serve } from './server.ts'

const identity = { program: 'grafana', version: '12.3.0' }

const FLAGS = {
  config: 'value',
  homepath: 'value',
  packaging: 'value',
  pidfile: 'value',
  'password-from-stdin': 'switch',
  version: 'switch',
} as const

runMain(async () => {
  const { flags, words } = readFlags(process.argv.slice(2), FLAGS)
  if (flags.version !== undefined)
    return void process.stdout.write(`grafana version ${identity.version}\n${disclaimer(identity)}\n`)
  const ini = readIni(flags.config ?? '/etc/grafana/grafana.ini')
  const users = usersOf(ini)
  if (words.join(' ') === 'cli admin reset-admin-password') return resetPassword(ini, users)
  if (words[0] !== 'server') throw new Refusal(`No help topic for '${words.join(' ')}'`, 3)
  await start(ini, users)
  say(`logger=server level=warn msg="${disclaimer(identity)}"`)
})

interface State {
  sources: DataSource[]
  dashboards: LoadedDashboard[]
}

async function start(ini: Ini, users: Users): Promise<void> {
  const { admin_user: admin = 'admin', admin_password: password = 'admin' } = ini.security ?? {}
  try {
    await users.begin(admin, password)
  } catch (error) {
    throw new Refusal(`Error: ✗ failed to connect to database: ${(error as Error).message}`)
  }
  const directory = ini.paths?.provisioning ?? '/etc/grafana/provisioning'
  const state: State = { sources: readDataSources(directory), dashboards: [] }
  const providers = readProviders(directory)
  const load = () => {
    state.dashboards = providers.flatMap((provider) => loadDashboards(provider, say))
  }
  load()
  setInterval(load, Math.min(...providers.map(({ intervalMs }) => intervalMs), 60_000)).unref()
  const { http_addr: address = '', http_port: port = '3000' } = ini.server ?? {}
  const metrics = new Metrics()
  const at = { address, port: Number(port) }
  await serve(identity, at, routes(ini, users, state, metrics), ({ route, method, status, seconds }) => {
    const labels = { handler: route, method, status_code: `${status}` }
    metrics.time('grafana_http_request_duration_seconds', labels, seconds)
  })
}

async function resetPassword(ini: Ini, users: Users): Promise<void> {
  const password = (await text(process.stdin)).trim()
  await users.reset(ini.security?.admin_user ?? 'admin', password)
  process.stdout.write('Admin password changed successfully ✔\n')
  process.exit(0)
}

function routes(ini: Ini, users: Users, state: State, metrics: Metrics): Routes {
  const signedOn = (run: (asked: Asked, login: string) => Answer | Promise<Answer>) => async (asked: Asked) => {
    const login = await loginOf(asked, users)
    return login === undefined ? { status: 401, body: { message: 'Invalid username or password' } } : run(asked, login)
  }
  return {
    'GET /api/health': () => health(users),
    'GET /healthz': () => ({ body: 'Ok' }),
    'GET /api/user': signedOn((_, login) => ({ body: { id: 1, login, isGrafanaAdmin: true } })),
    'GET /api/datasources/uid/:uid/health': signedOn(({ params }) => sourceHealth(params.uid ?? '', state)),
    'GET /api/dashboards/uid/:uid': signedOn(({ params }) => dashboard(params.uid ?? '', state)),
    'GET /login': () => ({ body: `${disclaimer(identity)}\n` }),
    'GET /login/generic_oauth': () => signOn(ini),
    'GET /metrics': () => ({
      body: `# ${disclaimer(identity)}\ngrafana_build_info{version="${identity.version}+standin"} 1\n${metrics.text()}`,
    }),
  }
}

async function loginOf({ headers }: Asked, users: Users): Promise<string | undefined> {
  const [, encoded = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  const [login = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  return (await users.isRight(login, rest.join(':'))) ? login : undefined
}

async function health(users: Users): Promise<Answer> {
  const about = { commit: 'stand-in', version: `${identity.version}+standin` }
  try {
    if (hasFault('grafana', 'unready')) throw new Error('a fault is switched on')
    await users.alive()
    return { body: { database: 'ok', ...about } }
  } catch {
    return { status: 503, body: { database: 'failing', ...about } }
  }
}

/** What each kind of data source asks to see whether it works. */
const QUESTIONS: Record<string, string> = {
  prometheus: '/api/v1/query?query=1%2B1',
  loki: '/loki/api/v1/query?query=vector(1)%2Bvector(1)',
}

async function sourceHealth(uid: string, { sources }: State): Promise<Answer> {
  const source = sources.find((it) => it.uid === uid)
  if (source === undefined) return { status: 404, body: { message: 'Data source not found' } }
  try {
    const { status } = await request(`${source.url}${QUESTIONS[source.type] ?? '/'}`, { timeoutMs: 4_000 })
    if (status === 200) return { body: { status: 'OK', message: `Successfully queried ${source.name}.` } }
    return { status: 400, body: { status: 'ERROR', message: `${source.url} returned ${status}` } }
  } catch (error) {
    return { status: 400, body: { status: 'ERROR', message: `${source.url}: ${(error as Error).message}` } }
  }
}

function dashboard(uid: string, { dashboards }: State): Answer {
  const found = dashboards.find((it) => it.uid === uid)
  if (found === undefined || hasFault('grafana', 'swallow'))
    return { status: 404, body: { message: 'Dashboard not found' } }
  return { body: { meta: { provisioned: true }, dashboard: found.model } }
}

function signOn({ 'auth.generic_oauth': oauth, server }: Ini): Answer {
  if (oauth?.enabled !== 'true') return { status: 404, body: { message: 'OAuth not enabled' } }
  const asked = new URLSearchParams({
    client_id: oauth.client_id ?? '',
    redirect_uri: `${server?.root_url ?? ''}login/generic_oauth`,
    response_type: 'code',
    scope: oauth.scopes ?? '',
  })
  return { status: 302, headers: { location: `${oauth.auth_url}?${asked}` } }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
