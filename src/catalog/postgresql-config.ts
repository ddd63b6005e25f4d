// The texts that PostgreSQL reads: its settings, beside Debian's own, and who may come from where.
import type { ServedDatabase } from './postgresql-databases.ts'
import type { PostgresqlOptions } from './postgresql-options.ts'

const HEADER = '# Written by Homeostat; a change made here is put back.'

/** `listen` is beside loopback, if anything; `rules` is where the access rules lie. */
export function serverSettings({ settings }: PostgresqlOptions, listen: string | undefined, rules: string): string {
  const all = {
    listen_addresses: ['localhost', ...(listen === undefined ? [] : [listen])].join(', '),
    // PostgreSQL before 16 has no way to include a file in Debian's.
    hba_file: rules,
    password_encryption: 'scram-sha-256',
    // It would need memory that can be written and run.
    jit: 'off',
    ...settings,
  }
  return [HEADER, ...Object.entries(all).map(([name, value]) => `${name} = ${quoted(String(value))}`), ''].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Who is in no line is refused. Names stand in quotes: `all` is then a name like others. */
export function accessRules(databases: ServedDatabase[], { tls }: PostgresqlOptions): string {
  const type = tls === 'require' ? 'hostssl' : 'host'
  return [
    HEADER,
    '# Over the local socket everybody comes in as who he is on this machine.',
    'local all all peer',
    ...databases.flatMap((database) => [
      ...(database.isUsedHere ? ['127.0.0.1/32', '::1/128'].map((network) => rule('host', database, network)) : []),
      ...database.clients.map((address) => rule(type, database, `${address}/${address.includes(':') ? 128 : 32}`)),
    ]),
    '',
  ].join('\n')
}

function rule(type: string, { name, owner }: ServedDatabase, network: string): string {
  return `${type} "${name}" "${owner}" ${network} scram-sha-256`
}
