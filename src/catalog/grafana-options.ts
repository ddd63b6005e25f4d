// The options of Grafana: apart from its rendering, because Prometheus scrapes it and it asks Prometheus.
import { z } from 'zod'
import { extraFlags, ipAddress, oneLine, port } from './scalars.ts'
import { secret } from './secret-option.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: how a secret is referred to
const group = oneLine.max(100).regex(/^[^'`]+$/, { error: 'expected the name of a group, without quotes' })

const options = z.strictObject({
  port: port.default(3000).describe('Of its web page and API.'),
  listenAddress: ipAddress
    .optional()
    .describe("Default: loopback while all who connect to it run on its host, else the host's address for others."),
  adminUser: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,64}$/, { error: 'expected a name of letters, digits, ".", "_", "@" and "-"' })
    .default('admin')
    .describe('Who can always sign on with a password.'),
  adminPassword: secret
    .default('${secret:monitoring/grafana_admin_password}')
    .describe("That user's password. Grafana takes it at its very first start."),
  dbPassword: secret
    .default('${secret:monitoring/grafana_db_password}')
    .describe('Of the database that the manifest has for the service.'),
  dbSslMode: z
    .enum(['disable', 'require', 'verify-full'])
    .default('require')
    .describe('How the connection to PostgreSQL is encrypted. require: whoever answers there.'),
  clientSecret: secret
    .default('${secret:monitoring/grafana_oidc_client_secret}')
    .describe('Of the OpenID Connect client that the manifest has for the service.'),
  roles: z
    .strictObject({
      admin: z.array(group).default(['authentik Admins']),
      editor: z.array(group).default([]),
    })
    .prefault({})
    .describe('Groups of the provider whose members administrate or edit; everybody else may look.'),
  extraFlags,
})
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: how a secret is referred to

export type GrafanaOptions = z.output<typeof options>

/** What others need to know to find it. */
export const grafanaOptions = { type: 'grafana', options }
