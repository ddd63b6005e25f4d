// What PostgreSQL can be told beyond what the manifest says of databases.
import { z } from 'zod'
import { ipAddress } from './scalars.ts'
import { secret } from './secret-option.ts'

const NAME =
  'expected a name of letters, digits, "_", "." and "-", at most 63, and none of PostgreSQL’s own (postgres, pg_…)'

/** A role or database that is managed: none of those that the server comes with. */
export const postgresName = z
  .string({ error: NAME })
  .regex(/^(?!pg_|postgres$|template[01]$|public$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/, { error: NAME })

/** What the rest of this type relies on. */
const TAKEN = [
  ...['config_file', 'data_directory', 'external_pid_file', 'hba_file', 'ident_file', 'listen_addresses'],
  ...['password_encryption', 'port', 'unix_socket_directories'],
]

const settingName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/, {
    error: 'expected a setting of PostgreSQL, for instance shared_buffers',
  })
  .refine((name) => !TAKEN.includes(name), { error: 'this setting is Homeostat’s own' })

const value = z.union([z.string().regex(/^\P{Cc}*$/u), z.number(), z.boolean()], {
  error: 'expected a text of one line, a number, true or false',
})

export const options = z.strictObject({
  version: z
    .int()
    .min(13)
    .max(99)
    .default(15)
    .describe('Major version: what Debian has is 15 in Debian 12, and 17 in Debian 13.'),
  listenAddress: ipAddress
    .optional()
    .describe("Beside loopback. Default: the host's address where a service of the manifest finds a database there."),
  tls: z
    .enum(['offer', 'require'])
    .default('offer')
    .describe('Whether connections over the network may do without TLS.'),
  passwords: z
    .record(postgresName, secret)
    .default({})
    .describe('By role. Default: what the grafana of its database is given, else the secret postgresql/ROLE.'),
  connect: z
    .record(postgresName, z.array(postgresName))
    .default({})
    .describe('By database: roles beside its owner that may connect to it. Nobody else may.'),
  settings: z
    .record(settingName, value)
    .default({})
    .describe("PostgreSQL's own, for instance shared_buffers: 512MB. A changed one restarts the server."),
})

export type PostgresqlOptions = z.output<typeof options>
