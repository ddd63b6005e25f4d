// Roles and databases against what a server said of them, and what is told of a difference.
import { describe, expect, test } from 'vitest'
import type { PostgresFact } from '../../../src/model/observation.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { type Reveal, refersToSecret } from '../../../src/model/secret-reference.ts'
import { diffTarget } from '../../../src/plan/diff.ts'
import { explainDiff } from '../../../src/plan/explain.ts'
import { scramVerifier } from '../../../src/plan/scram.ts'
import { observationOf } from '../../support/observations.ts'
import { targetOf, unit } from './given.ts'

const token = `\${secret:postgresql/wiki@0123456789abcdef}`
const verifier = scramVerifier('pencil', Buffer.alloc(16, 7))
const reveal: Reveal = (text) => ({ text: refersToSecret(text) ? 'pencil' : text })
const wiki: Resource = { kind: 'postgres-role', name: 'wiki', password: token, memberOf: ['readers'] }
const probe: Resource = { kind: 'postgres-role', name: 'probe', memberOf: [] }
const base: Resource = { kind: 'postgres-database', name: 'wiki', owner: 'wiki', connect: ['probe'] }

type Answer = Extract<PostgresFact, { state: 'answering' }>
const role = { attributes: ['login'], memberOf: ['readers'], verifier }
const plain = { attributes: ['login'], memberOf: [], verifier: '' }
const grants = ['probe CONNECT', 'wiki CONNECT', 'wiki CREATE', 'wiki TEMPORARY']
const database = { owner: 'wiki', grants, closed: '' }
const answer = (differs: { role?: object; probe?: object; database?: object } = {}): Answer => ({
  state: 'answering',
  roles: { wiki: { ...role, ...differs.role }, probe: { ...plain, ...differs.probe } },
  databases: { wiki: { ...database, ...differs.database } },
})
const said = (postgres: PostgresFact, { isKept = false, known = reveal } = {}) =>
  explainDiff(diffTarget(targetOf(wiki, probe, base), { ...observationOf(), postgres }, [], { isKept, reveal: known }))

test('what is as it is written does not differ', () => {
  expect(said(answer())).toBe(explainDiff({ changes: [] }))
})

describe('a difference is told in words', () => {
  test.each<[string, Answer, string]>([
    ['a role that is gone', { ...answer(), roles: {} }, 'create postgres-role:wiki: state absent → present'],
    [
      'another password',
      answer({ role: { verifier: scramVerifier('x', Buffer.alloc(16)) } }),
      'password something else → what is written',
    ],
    ['no password', answer({ role: { verifier: '' } }), 'password something else → what is written'],
    [
      'a password where none is meant',
      answer({ probe: { verifier } }),
      'update postgres-role:probe: password something else',
    ],
    ['a role that may not log in', answer({ role: { attributes: [] } }), 'attributes without login → with login'],
    [
      'a superuser',
      answer({ role: { attributes: ['login', 'superuser'] } }),
      'attributes with superuser → without superuser',
    ],
    ['a membership too few', answer({ role: { memberOf: [] } }), 'memberships without readers → with readers'],
    [
      'a membership too many',
      answer({ probe: { memberOf: ['pg_monitor'] } }),
      'memberships with pg_monitor → without pg_monitor',
    ],
    [
      'a database that is gone',
      { ...answer(), databases: {} },
      'create postgres-database:wiki: state absent → present',
    ],
    [
      'another owner',
      answer({ database: { owner: 'eve', grants: ['eve CONNECT'] } }),
      'update postgres-database:wiki: owner eve → wiki',
    ],
    [
      'a grant too few',
      answer({ database: { grants: grants.slice(1) } }),
      'grants without probe CONNECT → with probe CONNECT',
    ],
    [
      'everybody let in',
      answer({ database: { grants: ['PUBLIC CONNECT', ...grants] } }),
      'grants with PUBLIC CONNECT → without PUBLIC CONNECT',
    ],
    ['closed to all', answer({ database: { closed: 'none allowed' } }), 'connections none allowed → allowed'],
  ])('%s', (_, postgres, words) => {
    expect(said(postgres)).toContain(words)
  })

  test('without a password or what the server keeps of it', () => {
    const told = JSON.stringify(
      diffTarget(targetOf(wiki), { ...observationOf(), postgres: answer({ role: { verifier: `${verifier}x` } }) }, [], {
        reveal,
      }),
    )
    for (const part of ['pencil', 'SCRAM', verifier.slice(20, 40)]) expect(told).not.toContain(part)
  })
})

test('a password that cannot be had counts as the right one', () => {
  const known: Reveal = () => ({ problem: 'no identity' })
  expect(said(answer({ role: { verifier: '' } }), { known })).toBe(explainDiff({ changes: [] }))
})

describe('a server that does not answer', () => {
  const silent: PostgresFact = { state: 'silent', why: 'PostgreSQL is not installed' }

  test('hides nothing of what is to be deployed', () => {
    expect(said(silent)).toContain('create postgres-role:wiki: state PostgreSQL is not installed → as it is written')
  })

  test('is no drift of what was proven in it', () => {
    expect(said(silent, { isKept: true })).toBe(explainDiff({ changes: [] }))
  })
})

test('comes after the units, one of which is the server', () => {
  const absent = { ...observationOf(), postgres: { state: 'silent', why: 'x' } as const }
  const { changes } = diffTarget(targetOf(wiki, base, unit()), absent, [])
  expect(changes.map(({ resource }) => resource)).toEqual([
    'unit:x.service',
    'postgres-role:wiki',
    'postgres-database:wiki',
  ])
})

test('what is no longer wanted keeps its data, and says so', () => {
  const owned = ['postgres-role:old', 'postgres-database:old']
  const { changes } = diffTarget(targetOf(probe), { ...observationOf(), postgres: answer() }, owned)
  expect(changes.map(({ resource, fields }) => `${resource} ${fields[0]?.to}`)).toEqual([
    'postgres-role:old left, without login where it had none before',
    'postgres-database:old left as it is',
  ])
})
