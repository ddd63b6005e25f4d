// What is asked of a PostgreSQL server and what is told it, as SQL for psql. Pure. Names are quoted for what they are: identifiers and
// literals; no text of a password is in it, only what the server would keep of it.
import type { Wanted } from '../../model/observation.ts'
import type { PostgresDatabaseResource, PostgresRoleResource, Resource } from '../../model/resource.ts'

/** One line of JSON, of the form that `parsePostgres` reads; empty where nothing is asked for. */
export function askingSql({ roles, databases }: NonNullable<Wanted['postgres']>): string {
  if (roles.length + databases.length === 0) return ''
  return `SET statement_timeout = '5s';
SELECT json_build_object(
'roles', (SELECT coalesce(json_object_agg(rolname, json_build_object(
  'attributes', array_remove(ARRAY[${ATTRIBUTES.join(', ')}], NULL),
  'memberOf', ARRAY(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1),
  'verifier', coalesce(rolpassword, ''))), '{}') FROM pg_authid r WHERE rolname = ANY (${names(roles)})),
'databases', (SELECT coalesce(json_object_agg(datname, json_build_object(
  'owner', pg_get_userbyid(datdba),
  'grants', ARRAY(SELECT coalesce(g.rolname, 'PUBLIC') || ' ' || privilege_type
    FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) a LEFT JOIN pg_roles g ON g.oid = a.grantee ORDER BY 1),
  'closed', CASE WHEN NOT datallowconn THEN 'none allowed' WHEN datconnlimit >= 0 THEN 'at most ' || datconnlimit ELSE '' END)),
  '{}') FROM pg_database WHERE datname = ANY (${names(databases)})));
`
}

/** In words, of what a role can be beside its name, password and memberships. */
const ATTRIBUTES = [
  "CASE WHEN rolbypassrls THEN 'bypassrls' END",
  "CASE WHEN rolconnlimit >= 0 THEN 'connection limit ' || rolconnlimit END",
  "CASE WHEN rolcreatedb THEN 'createdb' END",
  "CASE WHEN rolcreaterole THEN 'createrole' END",
  "CASE WHEN rolcanlogin THEN 'login' END",
  "CASE WHEN NOT rolinherit THEN 'noinherit' END",
  "CASE WHEN rolreplication THEN 'replication' END",
  "CASE WHEN rolsuper THEN 'superuser' END",
  "CASE WHEN rolvaliduntil < 'infinity' THEN 'valid until ' || rolvaliduntil END",
]

/** Makes these as they are written, passwords being verifiers by now. Each statement may be repeated; the roles come first. */
export function puttingSql(resources: Resource[]): string {
  const roles = resources.filter((resource) => resource.kind === 'postgres-role')
  const databases = resources.filter((resource) => resource.kind === 'postgres-database')
  if (roles.length + databases.length === 0) return ''
  const statements = [
    ...roles.map((role) => creation('ROLE', 'pg_roles', 'rolname', role.name)),
    ...roles.flatMap(roleSql),
    ...databases.flatMap(databaseSql),
  ]
  return `${statements.join('\n')}\n`
}

function creation(what: string, catalog: string, column: string, name: string): string {
  const wanted = `SELECT ${literal(`CREATE ${what} ${identifier(name)}`)}`
  return `${wanted} WHERE NOT EXISTS (SELECT FROM ${catalog} WHERE ${column} = ${literal(name)}) \\gexec`
}

function roleSql({ name, memberOf, password }: PostgresRoleResource): string[] {
  const role = identifier(name)
  return [
    `ALTER ROLE ${role} ${PLAIN_ROLE} PASSWORD ${password === undefined ? 'NULL' : literal(password)};`,
    `SELECT format('REVOKE %I FROM %I', g.rolname, ${literal(name)}) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
  WHERE m.member = ${literal(role)}::regrole AND g.rolname <> ALL (${names(memberOf)}) \\gexec`,
    ...memberOf.map((group) => `GRANT ${identifier(group)} TO ${role};`),
  ]
}

const PLAIN_ROLE =
  "LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1 VALID UNTIL 'infinity'"

function databaseSql({ name, owner, connect }: PostgresDatabaseResource): string[] {
  const database = identifier(name)
  const others = connect.filter((role) => role !== owner)
  return [
    creation('DATABASE', 'pg_database', 'datname', name),
    `ALTER DATABASE ${database} OWNER TO ${identifier(owner)};`,
    `ALTER DATABASE ${database} ALLOW_CONNECTIONS true CONNECTION LIMIT -1;`,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC CASCADE;`,
    `SELECT DISTINCT format('REVOKE ALL ON DATABASE %I FROM %I CASCADE', datname, r.rolname)
  FROM pg_database, aclexplode(datacl) a JOIN pg_roles r ON r.oid = a.grantee
  WHERE datname = ${literal(name)} AND a.grantee <> datdba \\gexec`,
    `GRANT ALL ON DATABASE ${database} TO ${identifier(owner)};`,
    ...others.map((role) => `GRANT CONNECT ON DATABASE ${database} TO ${identifier(role)};`),
  ]
}

function names(of: string[]): string {
  return `ARRAY[${of.map(literal).join(', ')}]::name[]`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `standard_conforming_strings` is on by default: a backslash is one. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
