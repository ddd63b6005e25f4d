// A Manifest as written: NixMox's service manifest, whose evaluated JSON drops in without an edit. What we have no use for is
// let through and left out, since the format is not ours; what we use is checked.
import { z } from 'zod'
import { hostAddress, ipAddress, oneLine, port } from '../catalog/scalars.ts'
import type { Manifest } from '../model/manifest.ts'
import { checkSchema } from './check-schema.ts'
import { document } from './envelope.ts'

const NAME = 'expected a name of letters, digits, "-", "_" and ".", beginning with a letter or digit'
const name = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: NAME })

const database = z.object({
  host: hostAddress,
  port: port.default(5432),
  name: oneLine,
  owner: oneLine,
  additionaldbs: z.array(oneLine).default([]),
})

const auth = z.object({
  type: oneLine,
  provider: oneLine,
  forward_auth_upstream: oneLine.optional(),
  oidc: z
    .object({
      client_id: oneLine.optional(),
      client_type: oneLine.optional(),
      groups_claim: oneLine.optional(),
      username_claim: oneLine.optional(),
      redirect_uris: z.array(oneLine).default([]),
      scopes: z.array(oneLine).default([]),
    })
    .optional(),
})

const proxyEntry = z.object({
  domain: hostAddress,
  path: oneLine.default('/'),
  upstream: oneLine,
  extra_config: z.string().max(65_536).optional(),
  auth: auth.optional(),
})

const proxyEntries = z.record(name, proxyEntry)

/** One entry, which is what has a `domain`, or several by name; always by name in the end. */
const proxy = z
  .looseObject({})
  .transform((value, context) => {
    const isSingle = Object.hasOwn(value, 'domain')
    const checked = isSingle ? checkSchema(proxyEntry, value) : checkSchema(proxyEntries, value)
    for (const { path, message } of checked.problems)
      context.issues.push({ code: 'custom', path, message, input: value })
    if (checked.value === undefined) return z.NEVER
    return isSingle ? { default: checked.value } : checked.value
  })
  .describe('One entry with a `domain`, or several by name.')

const seconds = z.number().min(0).max(86_400)

const health = z.object({
  startup: z.string().max(4096).optional(),
  liveness: z.string().max(4096).optional(),
  interval: seconds.optional(),
  timeout: seconds.optional(),
  retries: z.int().min(0).max(1000).optional(),
})

const service = z.object({
  enable: z.boolean().default(true),
  ip: ipAddress,
  hostname: hostAddress,
  ports: z.array(port).default([]),
  depends_on: z.array(oneLine).default([]),
  interface: z
    .object({
      db: database.optional(),
      dbs: z.record(name, database).optional(),
      auth: auth.optional(),
      proxy: proxy.optional(),
      health: health.optional(),
    })
    .prefault({}),
})

const network = z.object({
  domain: hostAddress,
  dns_server: ipAddress.optional(),
  gateway: ipAddress.optional(),
  network_cidr: z.union([z.cidrv4(), z.cidrv6()], { error: 'expected a network such as 192.168.99.0/24' }).optional(),
})

export const manifestSpec = z.object({
  network,
  core_services: z.record(name, service).default({}),
  services: z.record(name, service).default({}),
})

export const manifestDocument = document('Manifest', manifestSpec).describe(
  'What should exist on the network: addresses, ports, databases, sign-on, proxy entries and health of every service.',
)

export type ManifestDocument = z.output<typeof manifestDocument>

/** The manifest that a checked document describes. */
export function toManifest({ spec }: Pick<ManifestDocument, 'spec'>): Manifest {
  return withoutUndefined(spec) as Manifest
}

/** An optional field that was left out is no field at all. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutUndefined(field)]))
}
