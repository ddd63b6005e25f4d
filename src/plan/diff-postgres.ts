// Roles and databases of a PostgreSQL server against what was seen of them. No password and no verifier is in what is told.
import type { Change } from '../model/diff.ts'
import type { PostgresDatabaseFact, PostgresFact, PostgresRoleFact } from '../model/observation.ts'
import type { PostgresDatabaseResource, PostgresRoleResource } from '../model/resource.ts'
import type { Reveal } from '../model/secret-reference.ts'
import { isVerifierOf } from './scram.ts'

type Fields = Change['fields']
type Compared = { exists: boolean; fields: Fields }

interface Around {
  /** The resource was there before and is only kept. */
  isKept: boolean
  reveal: Reveal
}

/**
 * A server that does not answer tells nothing: its unit and its probes say that it is down, and what was proven in it counts as there.
 * What was not is put in as soon as the units run.
 */
export function comparePostgres(
  wanted: PostgresRoleResource | PostgresDatabaseResource,
  fact: PostgresFact | undefined,
  { isKept, reveal }: Around,
): Compared {
  if (fact?.state !== 'answering') {
    const field = { field: 'state', from: fact?.why ?? 'unknown', to: 'as it is written' }
    return { exists: false, fields: isKept ? [] : [field] }
  }
  return wanted.kind === 'postgres-role'
    ? compareRole(wanted, fact.roles[wanted.name], reveal)
    : compareDatabase(wanted, fact.databases[wanted.name])
}

function compareRole(wanted: PostgresRoleResource, fact: PostgresRoleFact | undefined, reveal: Reveal): Compared {
  if (fact === undefined) return ABSENT
  const fields = [
    ...difference('attributes', fact.attributes, ['login']),
    ...difference('memberships', fact.memberOf, wanted.memberOf),
    ...(hasPassword(wanted, fact, reveal) ? [] : [{ field: 'password', from: OTHER, to: 'what is written' }]),
  ]
  return { exists: true, fields }
}

const ABSENT: Compared = { exists: false, fields: [{ field: 'state', from: 'absent', to: 'present' }] }
/** Whether it is missing or only another one is nobody's business either. */
const OTHER = 'something else'

/** Nobody can tell where the secret cannot be had. */
function hasPassword({ password }: PostgresRoleResource, { verifier }: PostgresRoleFact, reveal: Reveal): boolean {
  if (password === undefined) return verifier === ''
  const revealed = reveal(password)
  return !('text' in revealed) || isVerifierOf(verifier, revealed.text)
}

function compareDatabase(wanted: PostgresDatabaseResource, fact: PostgresDatabaseFact | undefined): Compared {
  if (fact === undefined) return ABSENT
  const { owner, connect } = wanted
  const grants = [
    ...OWNERS.map((privilege) => `${owner} ${privilege}`),
    ...connect.filter((role) => role !== owner).map((role) => `${role} CONNECT`),
  ]
  const fields = [
    ...(fact.owner === owner ? [] : [{ field: 'owner', from: fact.owner, to: owner }]),
    // What an owner may do moves with the database, and is told with it.
    ...(fact.owner === owner ? difference('grants', fact.grants, grants) : []),
    ...(fact.closed === '' ? [] : [{ field: 'connections', from: fact.closed, to: 'allowed' }]),
  ]
  return { exists: true, fields }
}

/** All that there is on a database, which is what its owner has by itself. */
const OWNERS = ['CONNECT', 'CREATE', 'TEMPORARY']

/** What there is too much and what there is too little of, in any order. */
function difference(field: string, found: string[], wanted: string[]): Fields {
  const surplus = found.filter((one) => !wanted.includes(one))
  const missing = wanted.filter((one) => !found.includes(one))
  if (surplus.length + missing.length === 0) return []
  return [{ field, from: withOrWithout(surplus, missing), to: withOrWithout(missing, surplus) }]
}

function withOrWithout(some: string[], others: string[]): string {
  return some.length > 0 ? `with ${some.join(', ')}` : `without ${others.join(', ')}`
}
