// Which names may reach a host at all. The last gate before root: whatever let a name through before, it is looked at again here.

/** Where everything of ours lives on a host; no component may own a path in it. */
export const STATE = '/var/lib/homeostat'

/** What is checked before it is certain that it comes; gone with a reboot. scripts/ahead.sh says the same. */
export const AHEAD = '/run/homeostat/ahead'

const UNIT =
  /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\.(service|socket|target|timer|path|mount|automount|slice|swap|scope|device)$/

export function isUnitName(name: string): boolean {
  // A template without an instance (`getty@.service`) is nothing that can be looked at, started or stopped.
  return name.length <= 255 && UNIT.test(name) && !name.includes('@.')
}

/** Debian policy 5.6.1, with an architecture where one is meant. */
export function isPackageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]{1,127}(:[a-z0-9]{2,32})?$/.test(name)
}

/** Debian policy 5.6.12. */
export function isPackageVersion(version: string): boolean {
  return /^[0-9][A-Za-z0-9+.:~-]{0,127}$/.test(version)
}

/** A user or group by name or number. */
export function isAccountName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(name)
}

/** Absolute, in its shortest form, one line, at most 1024 bytes, and not the root directory. */
export function isPath(path: string): boolean {
  return Buffer.byteLength(path) <= 1024 && path.isWellFormed() && /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u.test(path)
}

/** A role or database that needs no care in SQL or in a shell, of at most 63 bytes, and none of PostgreSQL's own names. */
export function isPostgresName(name: string): boolean {
  return /^(?!pg_|postgres$|template[01]$|public$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)
}

export function isOperationId(id: string): boolean {
  return /^[a-z0-9-]{1,80}$/.test(id)
}

export function isComponentName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)
}

/** A host of package repositories by its DNS name. */
export function isHostName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
