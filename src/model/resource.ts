// What a component consists of on a host: plain data with a stable id. Renderers produce resources, never commands.

/** `kind:name`, for instance `file:/etc/homeostat/prometheus/prometheus.yml` or `unit:prometheus.service`. */
export type ResourceId = string

/** A Debian package. Without a version any installed version is right. */
export interface PackageResource {
  kind: 'package'
  name: string
  version?: string
  /** Name of the host whose repository it has to come from, for instance `apt.grafana.com`: another's may be another program. */
  origin?: string
}

/** A system user with a group of its own name. */
export interface UserResource {
  kind: 'user'
  name: string
  home: string
  /** Supplementary groups; they must exist when the user is created. */
  groups: string[]
}

/** A directory. Removing the component removes it only when we created it and it is empty. */
export interface DirectoryResource {
  kind: 'directory'
  path: string
  owner: string
  group: string
  /** Permission bits, for instance 0o750. */
  mode: number
}

export interface FileResource {
  kind: 'file'
  path: string
  content: string
  owner: string
  group: string
  /** Permission bits, for instance 0o640. */
  mode: number
  /**
   * The component's own checker, run on the host before anything goes live. `{staged}` in an argument is replaced by this
   * file's staged path; all files of the component lie staged in the same relative places, so relative references resolve.
   */
  validate?: string[]
}

/** A systemd unit. Its unit file and drop-ins are file resources below /etc/systemd/system. */
export interface UnitResource {
  kind: 'unit'
  /** With its suffix: `prometheus.service`. */
  name: string
  enabled: boolean
  running: boolean
  /** Files whose change needs a restart: flags, drop-ins, environment. */
  restartOn: ResourceId[]
  /** Files whose change needs `systemctl reload` only. */
  reloadOn: ResourceId[]
  /**
   * For a unit that does something once and ends: a command that looks whether that still holds, run with every look at the host.
   * 0: it does; 1: it does not, and what the command says is why; anything else: nobody can tell.
   */
  effect?: string[]
}

/**
 * A role of the PostgreSQL server on the host, which may log in. What it may do beyond that is exactly what is said here: it is no
 * superuser, and creates neither roles nor databases.
 */
export interface PostgresRoleResource {
  kind: 'postgres-role'
  name: string
  /** A text with a secret. Without it there is none: it comes in over the local socket, as the system user of its name. */
  password?: string
  /** Roles whose rights it has, and no others, for instance `pg_monitor`. */
  memberOf: string[]
}

/** A database of the PostgreSQL server on the host. It is never dropped. */
export interface PostgresDatabaseResource {
  kind: 'postgres-database'
  name: string
  /** A role, which may do everything in it. */
  owner: string
  /** Roles that may connect too; nobody else may. */
  connect: string[]
}

export type Resource = AnyResource & Lasting

/** What every resource may say of itself. */
export interface Lasting {
  /** Why its change cannot be taken back, where it cannot: nothing goes back across it by itself. */
  irreversible?: string
}

type AnyResource =
  | PackageResource
  | UserResource
  | DirectoryResource
  | FileResource
  | UnitResource
  | PostgresRoleResource
  | PostgresDatabaseResource

export function resourceId(resource: Resource): ResourceId {
  return `${resource.kind}:${'path' in resource ? resource.path : resource.name}`
}
