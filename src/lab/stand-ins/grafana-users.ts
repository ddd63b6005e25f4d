// Where Grafana keeps its users: in PostgreSQL, or in a file of its own. Only the administrator is kept, with the password of the
// very first start: a password that is configured later is not looked at, as with the real one.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Ini } from './grafana-config.ts'
import { type Database, query } from './postgres.ts'

export interface Users {
  /** @throws Error where the database does not answer */
  alive(): Promise<void>
  /** Keeps the password unless there is one already. */
  begin(login: string, password: string): Promise<void>
  /** Whatever there was. */
  reset(login: string, password: string): Promise<void>
  isRight(login: string, password: string): Promise<boolean>
}

export function usersOf(ini: Ini): Users {
  const {
    type = 'sqlite3',
    host = '',
    name = '',
    user = '',
    password = '',
    ssl_mode: ssl = 'disable',
  } = ini.database ?? {}
  if (type !== 'postgres') return inFile(`${ini.paths?.data ?? '/var/lib/grafana'}/stand-in-users.json`)
  const [, address = '', port = '5432'] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(host) ?? []
  return inPostgres({ host: address, port: Number(port), name, user, password, isEncrypted: ssl !== 'disable' })
}

const TABLE = 'homeostat_stand_in_users'

function inPostgres(database: Database): Users {
  const put = (login: string, password: string, onConflict: string) =>
    query(
      database,
      `insert into ${TABLE} values (${literal(login)}, ${literal(hashed(password))}) on conflict (login) do ${onConflict}`,
    )
  return {
    alive: async () => void (await query(database, 'select 1')),
    begin: async (login, password) => {
      await query(database, `create table if not exists ${TABLE} (login text primary key, password text)`)
      await put(login, password, 'nothing')
    },
    reset: async (login, password) => void (await put(login, password, 'update set password = excluded.password')),
    isRight: async (login, password) => {
      const [row] = await query(database, `select password from ${TABLE} where login = ${literal(login)}`)
      return row !== undefined && fits(password, row[0] ?? '')
    },
  }
}

function inFile(path: string): Users {
  const read = (): Record<string, string> => {
    try {
      return JSON.parse(readFileSync(path, 'utf8'))
    } catch {
      return {}
    }
  }
  const put = (login: string, password: string) =>
    writeFileSync(path, JSON.stringify({ ...read(), [login]: hashed(password) }), { mode: 0o600 })
  return {
    alive: async () => undefined,
    begin: async (login, password) => {
      if (read()[login] === undefined) put(login, password)
    },
    reset: async (login, password) => put(login, password),
    isRight: async (login, password) => fits(password, read()[login] ?? ''),
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function hashed(password: string, salt = randomBytes(12).toString('hex')): string {
  return `${salt}:${scryptSync(password, salt, 32, { N: 1024 }).toString('hex')}`
}

function fits(password: string, kept: string): boolean {
  const [salt = ''] = kept.split(':')
  const given = Buffer.from(hashed(password, salt))
  const expected = Buffer.from(kept)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
