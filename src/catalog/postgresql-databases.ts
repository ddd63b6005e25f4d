// Which databases the manifest wants of the PostgreSQL on a host, whose they are, and from where they are used.
import type { ManifestDatabase, ManifestService } from '../model/manifest.ts'
import { isLoopback, manifestEntry, namesOf } from './address.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { grafanaOptions } from './grafana-options.ts'
import { instancesOf } from './peers.ts'
import { type PostgresqlOptions, postgresName } from './postgresql-options.ts'

/** Debian's, and the one that this type listens on. */
export const PORT = 5432

export interface ServedDatabase {
  name: string
  owner: string
  /** Addresses of the hosts whose services use it, sorted; empty for what is used over loopback only. */
  clients: string[]
  /** Some service uses it from its own host, over loopback. */
  isUsedHere: boolean
}

/** Sorted by name. Throws `RenderError` for what cannot be served. */
export function servedDatabases(context: RenderContext): ServedDatabase[] {
  const served = new Map<string, ServedDatabase>()
  for (const { service, database } of wantedHere(context))
    for (const name of [database.name, ...(database.additionaldbs ?? [])])
      served.set(name, merged(served.get(name), { name, service, database }))
  return [...served.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Use {
  service: ManifestService
  database: ManifestDatabase
}

function wantedHere(context: RenderContext): Use[] {
  const { core_services = {}, services = {} } = context.manifest ?? {}
  return [...Object.values(core_services), ...Object.values(services)]
    .filter(({ enable }) => enable)
    .flatMap((service) => {
      const { db, dbs = {} } = service.interface
      return [...(db === undefined ? [] : [db]), ...Object.values(dbs)].map((database) => ({ service, database }))
    })
    .filter((use) => isHere(use, context))
}

/** By an address or name of this host; by loopback where the service itself is here. */
function isHere({ service, database }: Use, { manifest, host }: RenderContext): boolean {
  if (isLocal(database)) return service === manifestEntry(manifest, host) || service.ip === host.address
  return namesOf(manifest, host).includes(database.host)
}

function isLocal({ host }: ManifestDatabase): boolean {
  return host === 'localhost' || isLoopback(host)
}

function merged(before: ServedDatabase | undefined, use: Use & { name: string }): ServedDatabase {
  const { name, service, database } = use
  const { owner, port } = database
  const refuse = (what: string) =>
    new RenderError(`the manifest's database ${name} of ${service.hostname} ${what}`, 'spec')
  if (port !== PORT) throw refuse(`is at port ${port}; PostgreSQL is served at ${PORT}`)
  for (const it of [name, owner]) {
    const { error } = postgresName.safeParse(it)
    if (error !== undefined) throw refuse(`cannot be served: ${it}: ${error.issues[0]?.message}`)
  }
  if (before !== undefined && before.owner !== owner) throw refuse(`has two owners, ${before.owner} and ${owner}`)
  const clients = [...(before?.clients ?? []), ...(isLocal(database) ? [] : [service.ip])]
  return {
    name,
    owner,
    clients: [...new Set(clients)].sort(),
    isUsedHere: before?.isUsedHere === true || isLocal(database),
  }
}

/** The reference to a role's password: as the option says, else what the Grafana of its database is given, else by its name. */
export function passwordOf(role: string, { passwords }: PostgresqlOptions, context: RenderContext): string {
  const grafana = instancesOf(grafanaOptions, context).find(
    ({ host }) => manifestEntry(context.manifest, host)?.interface.db?.owner === role,
  )
  return passwords[role] ?? grafana?.options.dbPassword ?? `\${secret:postgresql/${role}}`
}
