// The real packages of Grafana Labs, where their repository can be reached from this machine. Not tried where it was written: it
// could not be reached there.
import { lookup } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { grafanaAddress } from './apt-stand-in.ts'
import { baseDefinition } from './base-definition.ts'
import { inBuildSandbox, withBuildSandbox } from './build-sandbox.ts'
import { type GrafanaProgram, grafanaPrograms } from './grafana-programs.ts'
import { LabError } from './lab-error.ts'
import { downloadPackages, everyMachine, indexFolder } from './repository.ts'
import { mustRun } from './run-command.ts'

const LOOKUP_MS = 3_000

/** Whether its name can be looked up: the first thing that fails where it cannot be reached. */
export async function isGrafanaReachable(): Promise<boolean> {
  const found = lookup(new URL(grafanaAddress).hostname).then(
    () => true,
    () => false,
  )
  return Promise.race([found, sleep(LOOKUP_MS, false, { ref: false })])
}

export interface Places {
  architecture: string
  /** For the packages themselves. */
  pool: string
  /** For what they depend on and the hosts' own repository lacks. */
  more: string
  scratch: string
}

/** Versions by program, of those that could be had. */
export async function downloadGrafana(places: Places): Promise<Partial<Record<GrafanaProgram, string>>> {
  const versions: Partial<Record<GrafanaProgram, string>> = {}
  await mkdir(places.more, { recursive: true })
  if (await isGrafanaReachable())
    for (const program of grafanaPrograms) {
      const version = await withBuildSandbox(() => downloadOne(program, places))
      if (version !== undefined) versions[program] = version
    }
  await indexFolder(places.more, 'lab')
  return versions
}

async function downloadOne(program: GrafanaProgram, { architecture, pool, more, scratch }: Places) {
  const archives = `${scratch}/archives`
  try {
    await downloadPackages(baseDefinition(architecture, process.env), {
      scratch,
      wanted: [...everyMachine, program],
      // Signed by Grafana, and signed anew by the lab: on the way, TLS has to do.
      sources: `deb [trusted=yes] ${grafanaAddress} stable main\n`,
      preferences: `Package: ${program}\nPin: origin ${new URL(grafanaAddress).hostname}\nPin-Priority: 1001\n`,
    })
  } catch (error) {
    if (error instanceof LabError && error.kind === 'packages') return undefined
    throw error
  }
  let version: string | undefined
  for (const name of (await readdir(archives)).filter((it) => it.endsWith('.deb'))) {
    const isProgram = name.startsWith(`${program}_`)
    if (isProgram)
      version = (await mustRun(inBuildSandbox(['dpkg-deb', '-f', `${archives}/${name}`, 'Version']))).trim()
    const target = isProgram ? pool : more
    if (!existsSync(`${target}/${name}`)) await rename(`${archives}/${name}`, `${target}/${name}`)
  }
  await rm(archives, { recursive: true, force: true })
  return version
}
