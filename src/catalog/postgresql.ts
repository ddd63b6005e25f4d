// PostgreSQL: databases for the services of the manifest. Manifest and options → server, who may come from where, roles and databases
// in it, and the proof that it takes changes and that every database can be connected to.
import type { CommandProbe, Probe } from '../model/probe.ts'
import type { PostgresDatabaseResource, PostgresRoleResource } from '../model/resource.ts'
import { listeningAddress } from './address.ts'
import { defineType, type RenderContext } from './define-type.ts'
import { isolated, seesInterfaces, seesItselfOnly } from './hardening.ts'
import { accessRules, serverSettings } from './postgresql-config.ts'
import { PORT, passwordOf, type ServedDatabase, servedDatabases } from './postgresql-databases.ts'
import { options, type PostgresqlOptions } from './postgresql-options.ts'
import { unitActive } from './probes.ts'
import { directory, file, packages, user } from './resources.ts'
import { debianService } from './service.ts'

const ETC = '/etc/homeostat/postgresql'
const RULES = `${ETC}/pg_hba.conf`
const SOCKET = '/run/postgresql'
/** It may connect to every database, and nothing more; as the system user of its name, over the local socket. */
const PROBE = 'homeostat-probe'
const TIMEOUT_MS = 5_000

/** What others need to know of where it listens. */
export const postgresqlOptions = { type: 'postgresql', options }

export const postgresql = defineType({
  ...postgresqlOptions,
  summary: 'PostgreSQL with the roles and databases of the manifest (Debian package postgresql-15 or another).',
  minHealthyMs: 10_000,
  render(options, context) {
    const databases = servedDatabases(context)
    const listen = listeningBeside(options, databases, context)
    const { version } = options
    const cluster = `/etc/postgresql/${version}/main`
    const bin = `/usr/lib/postgresql/${version}/bin`
    const data = `/var/lib/postgresql/${version}/main`
    const settings = file(`${cluster}/conf.d/homeostat.conf`, serverSettings(options, listen, RULES), {
      validate: [`${bin}/postgres`, '-C', 'listen_addresses', '-D', data, '-c', 'config_file={staged}'],
    })
    const rules = file(RULES, accessRules(databases, options), { group: 'postgres', mode: 0o640 })
    const unit = `postgresql@${version}-main.service`
    return {
      resources: [
        ...packages([`postgresql-${version}`]),
        user(PROBE, '/nonexistent'),
        directory(ETC),
        settings,
        rules,
        ...debianService(unit, {
          run: [`${bin}/postgres`, '-D', data, '-c', `config_file=${cluster}/postgresql.conf`],
          unit: ['Wants=network-online.target', 'After=network-online.target'],
          service: [...SERVICE, ...(isCompiling(options) ? ['MemoryDenyWriteExecute=no'] : [])],
          restartOn: [settings],
          reloadOn: [rules],
        }),
        ...roles(databases, options, context),
        ...databases.map((database) => databaseResource(database, options)),
      ],
      probes: [
        unitActive(unit),
        takesChanges(bin),
        ...(databases.length === 0 ? [] : [canBeConnectedTo(bin, databases)]),
        ...(listen === undefined ? [] : [listensAt(listen)]),
      ],
    }
  },
})

/**
 * The server itself, not Debian's pg_ctlcluster, which looks once a second whether it is up: systemd is told at once, and what it says goes
 * to the journal. Its sessions learn who comes over the socket, which `PrivateUsers` would hide from them; `RemoveIPC` would take the
 * memory of the user's other clusters; by memory that all can see it finds that its data are in use already, which `PrivateIPC` would hide.
 */
const SERVICE = [
  'Type=notify',
  'PIDFile=',
  'ExecStop=',
  'User=postgres',
  'Group=postgres',
  // A fast shutdown: sessions are ended, and what was committed is written.
  'KillSignal=SIGINT',
  'KillMode=mixed',
  // Not where it ends by itself, which it does over its settings: that has to be a failed start, and no loop.
  'Restart=on-abnormal',
  'RestartSec=1s',
  // The server is spared when memory runs out, its sessions are not.
  'Environment=PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj',
  ...isolated,
  ...seesInterfaces,
  ...seesItselfOnly,
  'SystemCallFilter=~@resources',
  'PrivateIPC=no',
  'PrivateUsers=no',
  'RemoveIPC=no',
  `ReadWritePaths=/var/lib/postgresql ${SOCKET}`,
]

function isCompiling({ settings }: PostgresqlOptions): boolean {
  return ['on', 'true', 'yes', '1'].includes(String(settings.jit))
}

/** Beside loopback; undefined where nobody comes over the network. */
export function listeningBeside(
  { listenAddress }: PostgresqlOptions,
  databases: ServedDatabase[],
  context: RenderContext,
): string | undefined {
  if (listenAddress === undefined && databases.every(({ clients }) => clients.length === 0)) return undefined
  return listeningAddress(listenAddress, context)
}

function roles(
  databases: ServedDatabase[],
  options: PostgresqlOptions,
  context: RenderContext,
): PostgresRoleResource[] {
  const owners = [...new Set(databases.map(({ owner }) => owner))]
  const role = (name: string, more: { password?: string } = {}): PostgresRoleResource => {
    return { kind: 'postgres-role', name, ...more, memberOf: [] }
  }
  return [role(PROBE), ...owners.map((name) => role(name, { password: passwordOf(name, options, context) }))]
}

function databaseResource({ name, owner }: ServedDatabase, { connect }: PostgresqlOptions): PostgresDatabaseResource {
  return { kind: 'postgres-database', name, owner, connect: [PROBE, ...(connect[name] ?? [])] }
}

/** psql as the role that may the least. */
function asProbe(bin: string, database: string, commands: string[]): string[] {
  const drop = ['setpriv', `--reuid=${PROBE}`, `--regid=${PROBE}`, '--clear-groups']
  const psql = ['env', '-i', '--chdir=/', 'PGCONNECT_TIMEOUT=4', `${bin}/psql`, '-XwqAt', '--set=ON_ERROR_STOP=1']
  const at = [`--host=${SOCKET}`, `--dbname=${database}`]
  return [...drop, ...psql, ...at, ...commands.flatMap((command) => ['--command', command])]
}

function takesChanges(bin: string): CommandProbe {
  const query = `SELECT CASE WHEN pg_is_in_recovery() THEN 'is a standby'
    WHEN current_setting('default_transaction_read_only')::boolean THEN 'is read only' ELSE 'takes changes' END`
  const argv = asProbe(bin, 'postgres', [query])
  return { kind: 'command', name: 'query', argv, stdout: '^takes changes$', timeoutMs: TIMEOUT_MS }
}

/** One after the other in one session; where one cannot be, psql says which and why. */
function canBeConnectedTo(bin: string, databases: ServedDatabase[]): CommandProbe {
  const [first = '', ...others] = databases.map(({ name }) => name)
  const argv = asProbe(bin, first, [...others.map((name) => `\\connect "${name}"`), 'SELECT 1'])
  return { kind: 'command', name: 'databases', argv, stdout: '^1$', timeoutMs: TIMEOUT_MS }
}

function listensAt(address: string): Probe {
  return { kind: 'tcp', name: 'listening for other hosts', address, port: PORT, timeoutMs: TIMEOUT_MS }
}
