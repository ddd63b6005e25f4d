// What is asked of a PostgreSQL server, what is made of its answer, and what an operation does in it.
import { describe, expect, test } from 'vitest'
import { AnswerError } from '../../../src/driver/systemd/frames.ts'
import { lower } from '../../../src/driver/systemd/lower.ts'
import { operationProblems } from '../../../src/driver/systemd/operation-problems.ts'
import { parsePostgres } from '../../../src/driver/systemd/parse-postgres.ts'
import { askingSql, puttingSql } from '../../../src/driver/systemd/postgres-sql.ts'
import { sendable } from '../../../src/driver/systemd/sendable.ts'
import { originKey } from '../../../src/driver/systemd/step.ts'
import type { Change } from '../../../src/model/diff.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { isVerifierOf } from '../../../src/plan/scram.ts'
import { operationWith } from './operations.ts'

const wiki = { kind: 'postgres-role', name: 'wiki', password: 'pencil', memberOf: ['pg_monitor'] } as const
const base = { kind: 'postgres-database', name: 'wiki-log', owner: 'wiki', connect: ['probe'] } as const
const unit: Resource = { kind: 'unit', name: 'db.service', enabled: true, running: true, restartOn: [], reloadOn: [] }
const resources: Resource[] = [unit, { ...wiki, memberOf: [...wiki.memberOf] }, { ...base, connect: [...base.connect] }]
const target = buildTarget({ component: 'db', host: 'h', type: 'custom' }, { resources, probes: [] })
const change = (resource: string, action: Change['action'] = 'create'): Change => ({
  ...{ resource, action, fields: [{ field: 'state', from: 'one', to: 'two' }] },
})

describe('what is asked', () => {
  test('is nothing where nothing is wanted', () => {
    expect(askingSql({ roles: [], databases: [] })).toBe('')
  })

  test('is one answer for these roles and databases', () => {
    const sql = askingSql({ roles: ['wiki', "o'x"], databases: [] })
    expect(sql).toContain("ARRAY['wiki', 'o''x']::name[]")
    expect(sql).toContain('ARRAY[]::name[]')
  })
})

describe('an answer', () => {
  const facts = {
    roles: { wiki: { attributes: ['login'], memberOf: [], verifier: 'SCRAM-SHA-256$x' } },
    databases: { 'wiki-log': { owner: 'wiki', grants: ['wiki CONNECT'], closed: '' } },
  }

  test('is its last line, after any warning', () => {
    const body = `answering\nWARNING:  database "postgres" has a collation version mismatch\n${JSON.stringify(facts)}\n`
    expect(parsePostgres(body)).toEqual({ state: 'answering', ...facts })
  })

  test.each([
    ['silent\nPostgreSQL is not installed\n', 'PostgreSQL is not installed'],
    ['silent\n\n', 'PostgreSQL does not answer'],
    ['silent\n', 'PostgreSQL does not answer'],
  ])('may be that there is none: %j', (body, why) => {
    expect(parsePostgres(body)).toEqual({ state: 'silent', why })
  })

  test('to nothing is nothing', () => {
    expect(parsePostgres('')).toEqual({ state: 'answering', roles: {}, databases: {} })
  })

  test.each([
    ['cut short', `answering\n${JSON.stringify(facts).slice(0, -5)}\n`],
    ['of another kind', `answering\n[]\n`],
    ['without databases', `answering\n${JSON.stringify({ roles: facts.roles })}\n`],
    [
      'with an odd role',
      `answering\n${JSON.stringify({ ...facts, roles: { wiki: { verifier: 'SCRAM-SHA-256$x' } } })}\n`,
    ],
    [
      'with an odd grant',
      `answering\n${JSON.stringify({ ...facts, databases: { a: { owner: 'a', grants: [1], closed: '' } } })}\n`,
    ],
    ['of no state', `${JSON.stringify(facts)}\n`],
  ])('that is %s is refused, and not repeated', (_, body) => {
    expect(() => parsePostgres(body)).toThrow(AnswerError)
    expect(() => parsePostgres(body)).not.toThrow(/SCRAM/)
  })
})

describe('an operation', () => {
  const changes = [change('unit:db.service'), change('postgres-role:wiki'), change('postgres-database:wiki-log')]
  const lowered = lower(operationWith({ component: 'db', target, diff: { changes } }))
  const calls = lowered.steps.map(({ argv }) => argv[0])

  test('puts roles and databases in after the units have started, and before it is recorded', () => {
    expect(calls.indexOf('put_into_postgres')).toBeGreaterThan(calls.indexOf('bring_up'))
    expect(calls.indexOf('put_into_postgres')).toBeLessThan(calls.indexOf('settle'))
  })

  test('names no password in its steps, and has SQL in a file of its own', () => {
    expect(JSON.stringify(lowered.steps)).not.toContain('pencil')
    expect(lowered.uploads.map(({ path }) => path)).toContain('sql/postgres.sql')
  })

  test('does nothing in the server where nothing of it differs', () => {
    const other = lower(operationWith({ component: 'db', target, diff: { changes: [change('unit:db.service')] } }))
    expect(other.steps.map(({ argv }) => argv[0])).not.toContain('put_into_postgres')
    expect(other.uploads.map(({ path }) => path)).not.toContain('sql/postgres.sql')
  })

  test('takes logins before anything stops, and touches no database', () => {
    const gone = [
      ...['unit:db.service', 'postgres-database:wiki-log', 'postgres-role:wiki', 'postgres-role:a'].map((id) =>
        change(id, 'remove'),
      ),
    ]
    const { steps } = lower(operationWith({ kind: 'remove', target: undefined, diff: { changes: gone } }))
    expect(steps[0]?.argv).toEqual([
      ...['leave_roles', originKey('postgres-role:a'), 'a', originKey('postgres-role:wiki'), 'wiki'],
    ])
    expect(JSON.stringify(steps)).not.toContain('wiki-log')
  })

  test.each<[string, Resource]>([
    ['the administrator', { ...wiki, name: 'postgres', memberOf: [] }],
    ['a role of its own', { ...wiki, name: 'pg_monitor', memberOf: [] }],
    ['a quote', { ...wiki, name: `a'b`, memberOf: [] }],
    ['a group that is none', { ...wiki, memberOf: ['postgres'] }],
    ['a template', { ...base, name: 'template1', connect: [] }],
    ['an owner that is no name', { ...base, owner: 'a b', connect: [] }],
    ['the administrator who connects', { ...base, connect: ['postgres'] }],
  ])('with %s is malformed', (_, resource) => {
    const odd = buildTarget({ component: 'db', host: 'h', type: 'custom' }, { resources: [resource], probes: [] })
    expect(operationProblems(operationWith({ component: 'db', target: odd }))).toHaveLength(1)
  })
})

describe('what is put in', () => {
  const sql = puttingSql(resources)

  test('can be repeated, makes roles first, and drops nothing', () => {
    expect(sql).toContain(`SELECT 'CREATE ROLE "wiki"' WHERE NOT EXISTS`)
    expect(sql.indexOf('CREATE ROLE')).toBeLessThan(sql.indexOf('CREATE DATABASE'))
    expect(sql).not.toMatch(/DROP|DELETE|TRUNCATE/)
  })

  test('is quoted', () => {
    expect(puttingSql([{ kind: 'postgres-role', name: `a"b'c`, memberOf: [] }])).toContain(`ALTER ROLE "a""b'c" LOGIN`)
  })
})

describe('a password on its way', () => {
  const sent = (password: string) => {
    const one = buildTarget(
      { component: 'db', host: 'h', type: 'custom' },
      { resources: [{ ...wiki, password, memberOf: [] }], probes: [] },
    )
    return sendable(one, (text) => ({ text }))
  }

  test('is what the server would keep of it, another one each time', () => {
    const [one, other] = [sent('pencil'), sent('pencil')].map((it) =>
      'target' in it ? it.target?.resources[0] : undefined,
    )
    if (one?.kind !== 'postgres-role' || other?.kind !== 'postgres-role') throw new Error('no role')
    expect(isVerifierOf(one.password ?? '', 'pencil')).toBe(true)
    expect(isVerifierOf(other.password ?? '', 'pencil')).toBe(true)
    expect(one.password).not.toBe(other.password)
  })

  test('that clients do not agree on is not sent', () => {
    expect(sent('pëncil')).toEqual({
      problem: expect.stringContaining('the password of the role wiki may have printable ASCII only'),
    })
  })
})
