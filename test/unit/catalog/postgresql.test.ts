// What the manifest's databases come to, and what of it cannot be served.
import { describe, expect, test } from 'vitest'
import { RenderError } from '../../../src/catalog/define-type.ts'
import { options } from '../../../src/catalog/postgresql-options.ts'
import { type Given, renderGiven } from '../../support/catalog-given.ts'

const database = { host: '192.168.99.11', port: 5432, name: 'wiki', owner: 'wiki', additionaldbs: [] }

function given(db: Partial<typeof database>, more: Partial<Given> = {}, other?: Partial<typeof database>): Given {
  const service = (ip: string, one: object) => ({ ip, hostname: ip, interface: { db: { ...database, ...one } } })
  return {
    component: 'db',
    host: 'db',
    hosts: { db: '192.168.99.11', hub: '192.168.99.18' },
    components: { db: { type: 'postgresql', hosts: ['db'] } },
    manifest: {
      services: {
        wiki: service('192.168.99.31', db),
        ...(other === undefined ? {} : { other: service('192.168.99.32', other) }),
      },
    },
    ...more,
  }
}
const textOf = (it: Given, path: string) => {
  const found = renderGiven(it).resources.find((resource) => resource.kind === 'file' && resource.path.endsWith(path))
  return found?.kind === 'file' ? found.content : ''
}

describe('a database of the manifest that cannot be served', () => {
  test.each([
    [
      'at another port',
      { port: 6432 },
      /database wiki of 192\.168\.99\.31 is at port 6432; PostgreSQL is served at 5432/,
    ],
    ['that the administrator owns', { owner: 'postgres' }, /cannot be served: postgres: expected a name/],
    ['of the server itself', { name: 'template1' }, /cannot be served: template1/],
    ['with a quote in its name', { name: `wi"ki` }, /cannot be served/],
  ])('%s is told before anything is touched', (_, db, message) => {
    expect(() => renderGiven(given(db))).toThrow(RenderError)
    expect(() => renderGiven(given(db))).toThrow(message)
  })

  test('with two owners too', () => {
    expect(() => renderGiven(given({}, {}, { owner: 'eve' }))).toThrow(/has two owners, wiki and eve/)
  })
})

test('two services can share one, each from its own address', () => {
  expect(textOf(given({}, {}, {}), 'pg_hba.conf')).toContain(
    'host "wiki" "wiki" 192.168.99.31/32 scram-sha-256\nhost "wiki" "wiki" 192.168.99.32/32 scram-sha-256\n',
  )
})

test('what is on another server is none of its business', () => {
  const elsewhere = given({ host: '192.168.99.99' })
  expect(renderGiven(elsewhere).resources.filter(({ kind }) => kind === 'postgres-database')).toEqual([])
  expect(textOf(elsewhere, 'conf.d/homeostat.conf')).toContain("listen_addresses = 'localhost'\n")
})

test('a host that is known by its name only needs to be told where to listen', () => {
  const named = given({ host: 'db.example.org' }, { hosts: { db: 'db.example.org' } })
  expect(() => renderGiven(named)).toThrow(
    /the address of db, db\.example\.org, is a name; expected options\.listenAddress/,
  )
})

test('a role that a Grafana uses has the password that the Grafana is given', () => {
  const grafana = { type: 'grafana', hosts: ['hub'], options: { dbPassword: `\${secret:own/password}` } }
  const services = { hub: { ip: '192.168.99.18', hostname: 'hub', interface: { db: database } } }
  const it = given({}, { manifest: { services } })
  const { resources } = renderGiven({ ...it, components: { ...it.components, grafana } })
  expect(resources).toContainEqual({
    kind: 'postgres-role',
    name: 'wiki',
    password: `\${secret:own/password}`,
    memberOf: [],
  })
})

test('an exporter without its server is told before anything is touched', () => {
  const components = { exporter: { type: 'postgres-exporter', hosts: ['db'] } }
  expect(() => renderGiven({ ...given({}), component: 'exporter', components })).toThrow(
    /there is no component of type postgresql on db/,
  )
})

describe('options', () => {
  test.each([
    [{ version: 9 }],
    [{ passwords: { wiki: 'pencil' } }],
    [{ passwords: { postgres: `\${secret:a/b}` } }],
    [{ connect: { wiki: ['pg_monitor'] } }],
    [{ settings: { hba_file: '/tmp/x' } }],
    [{ settings: { listen_addresses: '*' } }],
    [{ settings: { 'a b': 1 } }],
    [{ settings: { work_mem: 'a\nb' } }],
    [{ tls: 'maybe' }],
  ])('%j is refused', (one) => {
    expect(options.safeParse(one).success).toBe(false)
  })

  test("a setting is PostgreSQL's own, or an extension's", () => {
    expect(
      options.safeParse({ settings: { work_mem: '8MB', 'pg_stat_statements.max': 100, autovacuum: false } }).success,
    ).toBe(true)
  })
})
