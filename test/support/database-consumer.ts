// A consumer of a database on a lab host: it is well when it gets into its database with its password.
import { custom, type DocumentObject } from './desired-yaml.ts'

/** Where its password is, on t1. */
export const PGPASS = '/etc/app/pgpass'

/** Of the database wiki at that address. */
export function databaseConsumer(server: string): DocumentObject {
  return custom(
    'app',
    ['t1'],
    {
      packages: ['postgresql-client-15'],
      files: [{ path: PGPASS, content: `${server}:5432:*:wiki:\${secret:postgresql/wiki}\n` }],
      probes: [
        {
          kind: 'command',
          argv: [
            'env',
            `PGPASSFILE=${PGPASS}`,
            'psql',
            '-X',
            '-w',
            '-h',
            server,
            '-U',
            'wiki',
            '-d',
            'wiki',
            '-Atc',
            'SELECT 1',
          ],
          stdout: '^1$',
        },
      ],
    },
    { dependsOn: ['postgresql'] },
  )
}
