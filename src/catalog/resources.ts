// Short ways to write resources, so that a component type reads as a list of what it puts on a host.
import type { DirectoryResource, FileResource, PackageResource, UserResource } from '../model/resource.ts'

export interface Access {
  owner?: string
  group?: string
  /** Permission bits, for instance 0o640. */
  mode?: number
}

/** Debian packages; `name=version` asks for that very version. */
export function packages(names: string[]): PackageResource[] {
  return names.map((text) => {
    const [name = text, version] = text.split('=', 2)
    return { kind: 'package', name, ...(version === undefined ? {} : { version }) }
  })
}

/** A system user with a group of its own name. */
export function user(name: string, home: string, groups: string[] = []): UserResource {
  return { kind: 'user', name, home, groups }
}

/** A directory; root's and 0755 unless said otherwise. The group is the owner's own unless given. */
export function directory(
  path: string,
  { owner = 'root', group = owner, mode = 0o755 }: Access = {},
): DirectoryResource {
  return { kind: 'directory', path, owner, group, mode }
}

/**
 * A file; root's and 0644 unless said otherwise. `validate` is the program's own checker, with `{staged}` where the path
 * of the file goes; it runs on the host before anything goes live.
 */
export function file(path: string, content: string, access: Access & { validate?: string[] } = {}): FileResource {
  const { owner = 'root', group = owner, mode = 0o644, validate } = access
  return { kind: 'file', path, content, owner, group, mode, ...(validate === undefined ? {} : { validate }) }
}
