// PostgreSQL on a real host, out of the manifest: roles, databases and grants are there, are put back when somebody changes them, and
// go with no data. Passwords are where they are meant to be and nowhere else. Server and exporter are each broken in three ways.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../src/lab/run-command.ts'
import type { Diff } from '../../src/model/diff.ts'
import type { ComponentStatus } from '../../src/model/status.ts'
import { canariesBelow, canariesIn, canariesOn, sampleProcesses } from '../support/canary.ts'
import { type Controller, isIn, newController, pauseBetweenLooks, untilTrue } from '../support/controller.ts'
import { databaseConsumer, PGPASS } from '../support/database-consumer.ts'
import { type DocumentObject, host } from '../support/desired-yaml.ts'
import { documentedExposure, exposureOn } from '../support/hardening.ts'
import { useLab } from '../support/lab.ts'
import { identityOf, type SopsHome, sopsHome } from '../support/sops.ts'

const lab = await useLab('postgresql', 't1')
const DB = 'postgresql'
const addressOf = (name: string) => lab.hosts.find((one) => one.name === name)?.address ?? ''
const SERVER = addressOf(DB)
const UNIT = 'postgresql@15-main.service'

const first = `c4n4ry "one's" & %41 $x >>>???~~~ end of it`
const second = `c4n4ry "two's" & %42 $y >>>???~~~ end of it`
const other = `c4n4ry "three's" & %43 $z >>>???~~~ end of it`
const values = [first, second, other]

let controller: Controller
let home: SopsHome

const wiki = { host: SERVER, name: 'wiki', owner: 'wiki', additionaldbs: ['wiki-log'] }
const blog = { host: SERVER, name: 'blog', owner: 'blog' }

function manifest(dbs: Record<string, object> = { wiki, blog }): DocumentObject {
  const services = {
    postgresql: { ip: SERVER, hostname: 'postgresql.nixmox.lan' },
    app: { ip: addressOf('t1'), hostname: 'app.nixmox.lan', interface: { dbs } },
  }
  const spec = { network: { domain: 'nixmox.lan' }, services }
  return { apiVersion: 'homeostat/v1', kind: 'Manifest', metadata: { name: 'lan' }, spec }
}

function component(type: string, more: Record<string, unknown> = {}): DocumentObject {
  const spec = { type, hosts: [DB], verify: { minHealthyTime: '1s', deadline: '60s' }, ...more }
  return { apiVersion: 'homeostat/v1', kind: 'Component', metadata: { name: type }, spec }
}

/** Statements that change roles are logged, so that what is not in the log was kept out of it. */
const server = (settings: Record<string, unknown> = {}, more = {}) =>
  component('postgresql', { options: { settings: { log_statement: 'ddl', ...settings } }, ...more })
const exporter = (options = {}) => component('postgres-exporter', { dependsOn: ['postgresql'], options })

const consumer = databaseConsumer(SERVER)

const keys = [`postgresql@${DB}`, `postgres-exporter@${DB}`, 'app@t1']
const [SERVER_KEY = '', EXPORTER_KEY = ''] = keys
const healthy = (key: string) => controller.untilState(key, 'healthy.inSync')
const why = (status: ComponentStatus | undefined) => JSON.stringify([status?.conditions, status?.lastProbes])
const lastId = async (key: string) => (await controller.events(key)).at(-1)?.id ?? 0

/** As the administrator, on the host; each line of the answer. */
async function sql(statements: string, database = 'postgres'): Promise<string> {
  const text = Buffer.from(`${statements}\n`).toString('base64')
  const psql = `psql -X -A -t -q -v ON_ERROR_STOP=1 -h /run/postgresql -d ${database}`
  return lab.shell(
    DB,
    `cd / && echo ${text} | base64 -d | setpriv --reuid=postgres --regid=postgres --init-groups ${psql} 2>&1`,
  )
}
/** As the service, from its own host. */
async function asWiki(statement: string): Promise<string> {
  const text = Buffer.from(`${statement};\n`).toString('base64')
  const psql = `psql -X -w -A -t -q -v ON_ERROR_STOP=1 -h ${SERVER} -U wiki -d wiki`
  return lab.shell('t1', `echo ${text} | base64 -d | PGPASSFILE=${PGPASS} ${psql} 2>&1`)
}

/** Who may do what with which database. */
const grants = async () => {
  const acl = "replace(array_to_string(datacl, ' '), '\"', '')"
  const found = await sql(`SELECT datname, ${acl} FROM pg_database WHERE datname ~ 'wiki|blog' ORDER BY 1`)
  return found.trim().split('\n')
}
const asWritten = [
  'blog|blog=CTc/blog homeostat-probe=c/blog',
  'wiki|wiki=CTc/wiki homeostat-probe=c/wiki',
  'wiki-log|wiki=CTc/wiki homeostat-probe=c/wiki',
]

async function set(name: string, value: string): Promise<void> {
  const words = ['secrets', 'set', name, '--dir', controller.desired, '--age-key', home.keyFile]
  const { exitCode, stderr } = await controller.cli(words, 60_000, value)
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
}

/** The component is not well any more, and says why. */
async function notices(key: string, reason: string): Promise<void> {
  const isUnwell = (now: ComponentStatus) => !isIn(now, 'healthy.inSync') && why(now).includes(reason)
  await controller.until(key, isUnwell, { what: `not well because of: ${reason}` })
}

/** A change is rejected on the host, and says why; what was proven before is there. */
async function takesBack(key: string, reason: string): Promise<void> {
  const rolledBack = await controller.untilState(key, 'rolledBack.holding')
  expect(why(rolledBack)).toContain(reason)
  expect(rolledBack.lastGood).toBeDefined()
}

/** Neither the log, the store and the server's log, nor anything that can be asked; and no verifier is in the store. */
async function nothingTold(): Promise<void> {
  expect(await canariesOn(lab, DB, values)).toEqual([])
  const held = (await canariesOn(lab, 't1', values)).filter((path) => !path.startsWith('/var/lib/homeostat/'))
  expect(held).toEqual([PGPASS])
  expect(await canariesBelow(controller.home, values)).toEqual([])
  const verifiers = (await sql("SELECT split_part(rolpassword, '$', 3) FROM pg_authid WHERE rolpassword <> ''")).split(
    /[\n:]/,
  )
  const parts = verifiers.filter((part) => part.length > 20).flatMap((part) => ['-e', part])
  expect(parts.length).toBeGreaterThan(6)
  const kept = await runCommand(['grep', '-rlaF', ...parts, controller.home], { timeoutMs: 60_000 })
  expect(kept).toMatchObject({ exitCode: 1, stdout: '' })
  expect(await lab.shell(DB, `journalctl -o cat --no-pager | grep -cF ${parts.join(' ')} || true`)).toBe('0\n')
  const asked = [
    ['get', 'components', '-o', 'json'],
    ['get', 'events', '-o', 'json'],
    ['describe', 'postgresql', '-o', 'json'],
    ['snapshot', 'postgresql'],
  ]
  const answers = await Promise.all(asked.map(async (words) => (await controller.cli(words)).stdout))
  const told = [...answers, controller.log].join('\n')
  expect(canariesIn(told, values)).toEqual([])
  expect(parts.filter((part) => part !== '-e' && told.includes(part))).toEqual([])
}

beforeAll(async () => {
  home = await sopsHome()
  controller = await newController(lab, {
    resync: '2s',
    more: ['--age-key', home.keyFile, '--view', 'lines', '--log-level', 'trace'],
  })
  await writeFile(join(controller.home, '.sops.yaml'), `creation_rules: [{ age: ${identityOf('identity').recipient} }]`)
  await set('postgresql/wiki', first)
  await set('postgresql/blog', other)
  await controller.write('hosts.yaml', host(lab, DB), host(lab, 't1'))
  await controller.write('manifest.yaml', manifest())
  await controller.write('postgresql.yaml', server())
  await controller.write('postgres-exporter.yaml', exporter())
  await controller.write('app.yaml', consumer)
})
afterAll(async () => {
  await controller?.[Symbol.asyncDispose]()
  await home?.[Symbol.asyncDispose]()
})

describe('out of the manifest', () => {
  test('server, exporter and a consumer on another host are healthy, and no password is seen on the way', async () => {
    const sampling = sampleProcesses(values)
    controller.start()
    for (const key of keys) await healthy(key)
    const { samples, found } = await sampling.stop()
    expect(samples).toBeGreaterThan(20)
    expect(found).toEqual([])
    await nothingTold()
  })

  test('the server listens where its services are, and admits those alone', async () => {
    const listening = await sql('SHOW listen_addresses')
    expect(listening).toBe(`localhost, ${SERVER}\n`)
    expect(await asWiki('SELECT current_user, current_database()')).toBe('wiki|wiki\n')
    const from = async (on: string, database: string) =>
      lab.shell(on, `PGPASSWORD=x psql -X -w -h ${SERVER} -U wiki -d ${database} -Atc 'SELECT 1' 2>&1 || true`)
    expect(await from(DB, 'wiki')).toContain(`no pg_hba.conf entry for host "${SERVER}"`)
    expect(await from('t1', 'blog')).toContain(
      `no pg_hba.conf entry for host "${addressOf('t1')}", user "wiki", database "blog"`,
    )
    expect(await from('t1', 'wiki')).toContain('password authentication failed')
  })

  test('roles may do what they need, and databases are for their owners', async () => {
    const roles =
      await sql(`SELECT r.rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb, rolpassword LIKE 'SCRAM-SHA-256$%',
      ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid) FROM pg_authid r WHERE rolname !~ '^pg_|^postgres$' ORDER BY 1`)
    expect(roles.trim().split('\n')).toEqual([
      'blog|t|f|t|{}',
      'homeostat-probe|t|f||{}',
      'postgres-exporter|t|f||{pg_monitor}',
      'wiki|t|f|t|{}',
    ])
    expect(await grants()).toEqual(asWritten)
  })

  test("the server's numbers are on the network", async () => {
    const page = await lab.shell('t1', `curl -s http://${SERVER}:9187/metrics`)
    expect(page).toContain('\npg_up 1\n')
    expect(page).toMatch(/^pg_database_size_bytes\{datname="wiki"/m)
  })

  test('the units are locked in as the documentation says', async () => {
    const documented = await documentedExposure()
    for (const name of [DB]) expect(documented).toMatchObject(await exposureOn(lab, name))
  })
})

function toldOf(details: unknown): string[] {
  const { changes } = details as Diff
  return changes.flatMap(({ resource, fields }) => fields.map((it) => `${resource} ${it.field} ${it.from} → ${it.to}`))
}

describe('what somebody changes by hand', () => {
  test('in roles, passwords, grants, owners and databases is told, and put back', async () => {
    const [afterId, exporterAfterId] = [await lastId(SERVER_KEY), await lastId(EXPORTER_KEY)]
    await pauseBetweenLooks(controller, DB)
    await sql(`ALTER DATABASE blog OWNER TO postgres;
      DROP OWNED BY blog; DROP ROLE blog;
      ALTER ROLE wiki SUPERUSER PASSWORD 'by hand';
      REVOKE CONNECT ON DATABASE wiki FROM "homeostat-probe"; GRANT CONNECT ON DATABASE wiki TO PUBLIC;
      DROP DATABASE "wiki-log";
      REVOKE pg_monitor FROM "postgres-exporter"; GRANT pg_write_all_data TO "postgres-exporter";`)
    controller.resume()
    const { details } = await controller.untilEvent(SERVER_KEY, 'DriftFound', { afterId })
    expect(toldOf(details).sort()).toEqual([
      'postgres-database:blog owner postgres → blog',
      'postgres-database:wiki grants with PUBLIC CONNECT → with homeostat-probe CONNECT',
      'postgres-database:wiki-log state absent → present',
      'postgres-role:blog state absent → present',
      'postgres-role:wiki attributes with superuser → without superuser',
      'postgres-role:wiki password something else → what is written',
    ])
    const told = await controller.untilEvent(EXPORTER_KEY, 'DriftFound', { afterId: exporterAfterId })
    expect(told.message).toContain('memberships with pg_write_all_data → with pg_monitor')
    for (const key of keys) await healthy(key)

    expect(await asWiki('SELECT 1')).toBe('1\n')
    const facts =
      await sql(`SELECT rolname, rolsuper, ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid)
      FROM pg_roles r WHERE rolname IN ('blog', 'wiki', 'postgres-exporter') ORDER BY 1`)
    expect(facts).toBe('blog|f|{}\npostgres-exporter|f|{pg_monitor}\nwiki|f|{}\n')
    expect(await grants()).toEqual(asWritten)
    await nothingTold()
  })

  test('of what is not written is left alone', async () => {
    await sql("CREATE ROLE guest LOGIN PASSWORD 'guests are welcome'; CREATE DATABASE guests OWNER guest;")
    const before = await lastId(SERVER_KEY)
    await controller.cli(['reconcile', SERVER_KEY])
    await healthy(SERVER_KEY)
    const drifts = (await controller.events(SERVER_KEY, before)).filter(({ reason }) => reason === 'DriftFound')
    expect(drifts).toEqual([])
    await sql('DROP DATABASE guests; DROP ROLE guest;')
  })
})

test('a password is rotated by one commit: server and consumer follow, and the former one opens nothing', async () => {
  const afterIds = await Promise.all([SERVER_KEY, 'app@t1'].map(lastId))
  const [ranAs, sampling] = [await lab.shell(DB, `systemctl show -P InvocationID ${UNIT}`), sampleProcesses(values)]
  await set('postgresql/wiki', second)
  for (const [at, key] of [SERVER_KEY, 'app@t1'].entries()) {
    const applied = await controller.untilEvent(key, 'Applied', { afterId: afterIds[at] ?? 0 })
    expect(applied).toMatchObject({ cause: 'secret' })
    await healthy(key)
  }
  expect((await sampling.stop()).found).toEqual([])
  expect(await asWiki('SELECT 1')).toBe('1\n')
  await lab.shell(
    't1',
    `echo '${SERVER}:5432:*:wiki:${first.replaceAll("'", `'\\''`)}' > /root/former && chmod 600 /root/former`,
  )
  const former = `PGPASSFILE=/root/former psql -X -w -h ${SERVER} -U wiki -d wiki -Atc 'SELECT 1' 2>&1; rm /root/former`
  expect(await lab.shell('t1', former)).toContain('password authentication failed')
  expect(await lab.shell(DB, `systemctl show -P InvocationID ${UNIT}`)).toBe(ranAs)
  await nothingTold()
})

describe('data', () => {
  const pages = () => sql('SELECT string_agg(text, $$ $$) FROM pages', 'wiki')

  test('survive a service that leaves the manifest; its role may not log in until it is back', async () => {
    await asWiki('CREATE TABLE pages (text text); INSERT INTO pages VALUES ($$precious$$)')
    const [afterId, blogs] = [await lastId(SERVER_KEY), 'SELECT rolcanlogin FROM pg_roles WHERE rolname = $$blog$$']
    await controller.write('manifest.yaml', manifest({ wiki }))
    await controller.untilEvent(SERVER_KEY, 'Healthy', { afterId })
    expect(await sql(blogs)).toBe('f\n')
    expect(await sql('SELECT count(*) FROM pg_database WHERE datname = $$blog$$')).toBe('1\n')
    expect(await lab.shell(DB, 'cat /etc/homeostat/postgresql/pg_hba.conf')).not.toContain('blog')
    const before = await lastId(SERVER_KEY)
    await controller.write('manifest.yaml', manifest())
    await controller.untilEvent(SERVER_KEY, 'Healthy', { afterId: before })
    expect(await sql(blogs)).toBe('t\n')
  })

  test('survive a rollback', async () => {
    const afterId = await lastId(SERVER_KEY)
    await controller.write('postgresql.yaml', server({ shared_preload_libraries: 'no_such_library' }))
    expect((await controller.untilEvent(SERVER_KEY, 'ApplyFailed', { afterId })).message).toContain('no_such_library')
    await takesBack(SERVER_KEY, `restart ${UNIT} failed`)
    expect(await pages()).toBe('precious\n')
    await controller.write('postgresql.yaml', server())
    for (const key of keys) await healthy(key)
  })

  test('survive the removal of the component, and are there when it comes back', async () => {
    for (const [file, document] of [
      ['app.yaml', { ...consumer, spec: { ...consumer.spec, enabled: false } }],
      ['postgres-exporter.yaml', component('postgres-exporter', { dependsOn: ['postgresql'], enabled: false })],
      ['postgresql.yaml', server({}, { enabled: false })],
    ] as const)
      await controller.write(file, document)
    for (const key of keys) await controller.untilState(key, 'disabled.absent')
    expect(
      await lab.shell(
        DB,
        'ls /etc/homeostat 2>&1; ls /usr/lib/postgresql/15/bin/postgres 2>&1; pgrep -c -u postgres || true',
      ),
    ).toMatch(/No such file[\s\S]*No such file[\s\S]*^0$/m)
    await controller.write('app.yaml', consumer)
    await controller.write('postgres-exporter.yaml', exporter())
    await controller.write('postgresql.yaml', server())
    for (const key of keys) await healthy(key)
    expect(await pages()).toBe('precious\n')
    expect(await asWiki('SELECT count(*) FROM pages')).toBe('1\n')
    await nothingTold()
  })
})

describe('postgresql', () => {
  test('refuses what its checker refuses, and serves as before', async () => {
    await controller.write('postgresql.yaml', server({ shared_bufers: '64MB' }))
    await takesBack(SERVER_KEY, 'unrecognized configuration parameter')
    expect(await asWiki('SELECT 1')).toBe('1\n')
    await controller.write('postgresql.yaml', server())
    await healthy(SERVER_KEY)
  })

  test('is started again when it was stopped', async () => {
    const afterId = await lastId(SERVER_KEY)
    await lab.shell(DB, `systemctl stop ${UNIT}`)
    const { message } = await controller.untilEvent(SERVER_KEY, 'DriftFound', { afterId })
    expect(message).toContain(`unit:${UNIT}`)
    expect(message).not.toContain('postgres-role')
    for (const key of keys) await healthy(key)
    expect(await asWiki('SELECT 1')).toBe('1\n')
  })

  test('is found to hang while its port answers, and is put right', async () => {
    await lab.shell(DB, `kill -STOP $(systemctl show -P MainPID ${UNIT})`)
    await lab.shell('t1', `timeout 5 bash -c ': < /dev/tcp/${SERVER}/5432'`)
    await notices(SERVER_KEY, 'timeout expired')
    for (const key of keys) await healthy(key)
    expect(await asWiki('SELECT 1')).toBe('1\n')
  })

  test('is found to take no changes while it answers', async () => {
    await sql('ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf();')
    await notices(SERVER_KEY, 'is read only')
    await sql(
      'SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf();',
    )
    await healthy(SERVER_KEY)
  })
})

describe('postgres-exporter', () => {
  test('goes back when it is given a flag that it does not know', async () => {
    await controller.write('postgres-exporter.yaml', exporter({ extraFlags: ['--no-such-flag'] }))
    await takesBack(EXPORTER_KEY, 'no-such-flag')
    await controller.write('postgres-exporter.yaml', exporter())
    await healthy(EXPORTER_KEY)
  })

  test('is started again when it was stopped', async () => {
    const afterId = await lastId(EXPORTER_KEY)
    await lab.shell(DB, 'systemctl stop prometheus-postgres-exporter')
    const { message } = await controller.untilEvent(EXPORTER_KEY, 'DriftFound', { afterId })
    expect(message).toContain('unit:prometheus-postgres-exporter.service')
    await healthy(EXPORTER_KEY)
  })

  test('is not well while its page answers without the numbers', async () => {
    await sql(`ALTER DATABASE postgres CONNECTION LIMIT 0;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres-exporter';`)
    await untilTrue('the page says so', async () =>
      (await lab.shell(DB, `curl -s http://${SERVER}:9187/metrics`)).includes('\npg_up 0\n'),
    )
    await notices(EXPORTER_KEY, 'pg_up')
    await sql('ALTER DATABASE postgres CONNECTION LIMIT -1')
    for (const key of keys) await healthy(key)
  })
})
