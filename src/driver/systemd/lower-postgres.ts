// The steps of an operation within a PostgreSQL server: who may no longer log in, before its unit stops, and what is put in, after
// the units have started. Pure.
import { type Resource, type ResourceId, resourceId } from '../../model/resource.ts'
import { puttingSql } from './postgres-sql.ts'
import { originKey, type Step } from './step.ts'

export interface PostgresSteps {
  /** Before anything stops. Databases are left as they are. */
  leaves: Step[]
  puts: Step[]
  uploads: { path: string; content: string }[]
}

const ROLE = 'postgres-role:'

/** The passwords of roles are their verifiers by now. */
export function lowerPostgres(
  resources: Resource[],
  ids: { changed: Set<ResourceId>; removed: Set<ResourceId> },
): PostgresSteps {
  const put = resources.filter((resource) => ids.changed.has(resourceId(resource)))
  const sql = puttingSql(put)
  const roles = [...ids.removed].filter((id) => id.startsWith(ROLE)).sort()
  const words = roles.flatMap((id) => [originKey(id), id.slice(ROLE.length)])
  const path = 'sql/postgres.sql'
  return {
    leaves:
      words.length === 0 ? [] : [{ name: 'take logins from roles of PostgreSQL', argv: ['leave_roles', ...words] }],
    puts: sql === '' ? [] : [{ name: 'put roles and databases into PostgreSQL', argv: ['put_into_postgres', path] }],
    uploads: sql === '' ? [] : [{ path, content: sql }],
  }
}
