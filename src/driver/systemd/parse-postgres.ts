// What a PostgreSQL server said of its roles and databases → facts. Pure and strict; no error repeats what it said, because what it
// keeps of passwords is in it.
import { jsonObject } from '../../model/json-object.ts'
import type { PostgresDatabaseFact, PostgresFact, PostgresRoleFact } from '../../model/observation.ts'
import { AnswerError } from './frames.ts'
import { printable } from './printable.ts'

const WHY_CHARACTERS = 300

/** The section as `see_postgres` of scripts/observe-postgres.sh writes it. */
export function parsePostgres(body: string): PostgresFact {
  const [state, ...lines] = body.trimEnd().split('\n')
  if (body === '') return { state: 'answering', roles: {}, databases: {} }
  if (state === 'silent')
    return { state, why: printable(lines.at(-1) ?? '', WHY_CHARACTERS) || 'PostgreSQL does not answer' }
  const { roles, databases } = jsonObject(lines.at(-1) ?? '') ?? {}
  if (state !== 'answering') throw odd('answer')
  return { state, roles: each(roles, roleFact), databases: each(databases, databaseFact) }
}

function each<Fact>(value: unknown, read: (fields: Record<string, unknown>) => Fact): Record<string, Fact> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, fact]) => [name, read(fieldsOf(fact))]))
}

function roleFact({ attributes, memberOf, verifier }: Record<string, unknown>): PostgresRoleFact {
  return { attributes: textsOf(attributes), memberOf: textsOf(memberOf), verifier: textOf(verifier) }
}

function databaseFact({ owner, grants, closed }: Record<string, unknown>): PostgresDatabaseFact {
  return { owner: textOf(owner), grants: textsOf(grants), closed: textOf(closed) }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw odd('object')
  return { ...value }
}

function textsOf(value: unknown): string[] {
  if (!Array.isArray(value)) throw odd('list')
  return value.map(textOf)
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw odd('text')
  return value
}

function odd(what: string): AnswerError {
  return new AnswerError(`PostgreSQL gave an odd ${what} of its roles and databases`)
}
