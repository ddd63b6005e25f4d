// What stand-ins need to run on a host, which has no Node: a Node, their own code without types, and the library that reads YAML.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { grafanaMount } from './apt-stand-in.ts'
import { mailKeyPath } from './mail-certificate.ts'
import { mustRun } from './run-command.ts'

const sources = new URL('./stand-ins/', import.meta.url)
const stripTypes = fileURLToPath(new URL('./strip-types.ts', import.meta.url))

/** By file name, all there is of them: a change makes another stand-in. */
export async function standInSources(): Promise<Record<string, string>> {
  const names = (await readdir(sources)).filter((name) => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts')).sort()
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, sources), 'utf8')))
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
}

/** Writes everything below `directory`, which hosts see as `stand-ins` of the mount. */
export async function writeStandIns(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const [name, text] of Object.entries(await standInSources())) {
    const bare = name.endsWith('.ts')
      ? await mustRun([process.execPath, stripTypes, fileURLToPath(new URL(name, sources))])
      : text
    await writeFile(`${directory}/${name.replace(/\.ts$/, '.js')}`, bare)
  }
  await writeFile(`${directory}/package.json`, '{ "type": "module" }\n')
  const yaml = dirname(fileURLToPath(import.meta.resolve('yaml/package.json')))
  await cp(yaml, `${directory}/node_modules/yaml`, { recursive: true, dereference: true })
  await cp(process.execPath, `${directory}/node`)
}

/** The program of a package: no compiler at run time, as the services' hardening demands (MemoryDenyWriteExecute). */
export function standInProgram(program: string): string {
  const directory = `${grafanaMount}/stand-ins`
  return `#!/bin/sh\nexec ${directory}/node --jitless ${directory}/${program}.js "$@"\n`
}

/** Files that make a host run stand-ins of what others run, from its boot on. */
export function standInUnits(programs: readonly string[]): Record<string, string> {
  if (programs.length === 0) return {}
  const wants = programs.map((program) => `${program}.service`).join(' ')
  return {
    '/etc/systemd/system/multi-user.target.d/stand-ins.conf': `[Unit]\nWants=${wants}\n`,
    ...Object.fromEntries(
      programs.map((program) => [`/etc/systemd/system/${program}.service`, standInUnit(program)] as const),
    ),
  }
}

function standInUnit(program: string): string {
  const directory = `${grafanaMount}/stand-ins`
  return `[Unit]
Description=Stand-in of the Homeostat lab for ${program}

[Service]
ExecStart=${directory}/node --jitless ${directory}/${program}.js
DynamicUser=yes
${program === 'mail' ? `LoadCredential=certificate:${mailKeyPath}\n` : ''}AmbientCapabilities=CAP_NET_BIND_SERVICE
StateDirectory=${program}
Restart=on-failure
`
}
