// A Debian package made of given files.
import { chmod, cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { mustRun } from './run-command.ts'

export interface PackageContents {
  name: string
  version: string
  architecture: string
  summary: string
  depends: string[]
  /** Texts by path; those below /etc are configuration files, kept when they were edited. */
  files: Record<string, string>
  /** Files or directories of this machine by where they go; they keep their permissions. */
  copies: Record<string, string>
  /** Paths among them that can be run. */
  executables: string[]
  postinst: string
}

/** Writes `directory/NAME.deb`; `scratch` is used meanwhile. */
export async function buildPackage(contents: PackageContents, directory: string, scratch: string): Promise<void> {
  const root = `${scratch}/${contents.name}`
  const put = async (path: string, text: string, mode = 0o644) => {
    await mkdir(dirname(root + path), { recursive: true })
    await writeFile(root + path, text, { mode })
  }
  for (const [path, text] of Object.entries(contents.files)) await put(path, text)
  for (const [path, from] of Object.entries(contents.copies)) {
    await mkdir(dirname(root + path), { recursive: true })
    await cp(from, root + path, { recursive: true, dereference: true })
  }
  for (const path of contents.executables) await chmod(root + path, 0o755)
  const configuration = Object.keys(contents.files).filter((path) => path.startsWith('/etc/'))
  await put('/DEBIAN/control', control(contents))
  await put('/DEBIAN/conffiles', `${configuration.join('\n')}\n`)
  await put('/DEBIAN/postinst', `#!/bin/sh\nset -e\n${contents.postinst}`, 0o755)
  // Not compressed: it is unpacked on hosts of this very machine.
  await mustRun(['dpkg-deb', '-Znone', '--root-owner-group', '--build', root, `${directory}/${contents.name}.deb`], {
    timeoutMs: 120_000,
  })
}

function control({ name, version, architecture, summary, depends }: PackageContents): string {
  const lines = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: 'Homeostat lab <root@localhost>',
    ...(depends.length === 0 ? {} : { Depends: depends.join(', ') }),
    Description: summary,
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}
