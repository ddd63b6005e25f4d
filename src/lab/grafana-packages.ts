// Grafana, Loki, Promtail and Alloy for the lab's hosts: the real packages where Grafana Labs' repository can be reached, else
// binaries that somebody has, else stand-ins; each says which. Made once, and kept.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { aptPrograms } from './apt-stand-in.ts'
import { buildLock, buildWaitMs } from './base.ts'
import { buildPackage } from './debian-package.ts'
import { whileLocked } from './file-lock.ts'
import { downloadGrafana, isGrafanaReachable } from './grafana-download.ts'
import { type GrafanaProgram, grafanaPrograms, packagePlan } from './grafana-programs.ts'
import { cacheDirectory } from './lab-paths.ts'
import { mustRun } from './run-command.ts'
import { signRepository } from './signed-repository.ts'
import { standInProgram, standInSources, writeStandIns } from './stand-in-runtime.ts'

export interface ProgramSource {
  program: GrafanaProgram
  kind: 'real package' | 'binary' | 'stand-in'
  /** Of the package. */
  version: string
}

export interface GrafanaPackages {
  /** Mounted on every host. */
  directory: string
  sources: ProgramSource[]
}

/** What the lab is given by its user: `HOMEOSTAT_LAB_LOKI_BIN` and so on. */
export function givenBinaries(env: NodeJS.ProcessEnv): Partial<Record<GrafanaProgram, string>> {
  const given = grafanaPrograms.map((program) => [program, env[`HOMEOSTAT_LAB_${program.toUpperCase()}_BIN`]] as const)
  return Object.fromEntries(given.filter(([, path]) => path !== undefined && path !== ''))
}

/** Returns the packages, from the cache or made now. @throws LabError where they cannot be made */
export async function ensureGrafanaPackages(report: (message: string) => void): Promise<GrafanaPackages> {
  const binaries = givenBinaries(process.env)
  const directory = `${cacheDirectory}/grafana-${await digestOf(binaries)}`
  if (!existsSync(directory))
    await whileLocked(buildLock, 'the build of the packages of Grafana Labs', buildWaitMs, async () => {
      if (existsSync(directory)) return
      await rm(`${directory}.building`, { recursive: true, force: true })
      await build(`${directory}.building`, binaries)
      await rename(`${directory}.building`, directory)
    })
  const sources = JSON.parse(await readFile(`${directory}/sources.json`, 'utf8')) as ProgramSource[]
  for (const line of notReal(sources)) report(line)
  return { directory, sources }
}

/** One line for every program that is no real package. */
export function notReal(sources: ProgramSource[]): string[] {
  return sources.flatMap(({ program, kind, version }) => {
    if (kind === 'real package') return []
    if (kind === 'binary') return [`${program} ${version} is made of a binary that was given`]
    return [`${program} ${version} is a STAND-IN, not the real program`]
  })
}

async function digestOf(binaries: Partial<Record<GrafanaProgram, string>>): Promise<string> {
  const given = Object.entries(binaries).map(async ([program, path]) => {
    const { size, mtimeMs } = await stat(path)
    return [program, path, size, mtimeMs]
  })
  const plans = grafanaPrograms.map(packagePlan)
  // When it can be reached again, the real ones take the place of stand-ins.
  const whole = [
    await isGrafanaReachable(),
    plans,
    aptPrograms,
    await Promise.all(given),
    await standInSources(),
    process.version,
  ]
  return createHash('sha256').update(JSON.stringify(whole)).digest('hex').slice(0, 16)
}

async function build(directory: string, binaries: Partial<Record<GrafanaProgram, string>>): Promise<void> {
  const architecture = (await mustRun(['dpkg', '--print-architecture'])).trim()
  const pool = `${directory}/repository/pool`
  await mkdir(pool, { recursive: true })
  const scratch = `${directory}/scratch`
  const real = await downloadGrafana({ architecture, pool, more: `${directory}/debian`, scratch })
  const sources: ProgramSource[] = []
  for (const program of grafanaPrograms) {
    const version = real[program]
    if (version !== undefined) sources.push({ program, kind: 'real package', version })
    else sources.push(await makePackage(program, binaries[program], { architecture, pool, scratch }))
  }
  await mkdir(`${directory}/apt`)
  for (const [name, text] of Object.entries(aptPrograms))
    await writeFile(`${directory}/apt/${name}`, text, { mode: 0o755 })
  const repository = { directory: `${directory}/repository`, architecture, origin: 'grafana stable' }
  await signRepository(repository, `${directory}/apt/lab.gpg`, `${directory}/scratch`)
  await writeStandIns(`${directory}/stand-ins`)
  await writeFile(`${directory}/sources.json`, JSON.stringify(sources))
  await rm(`${directory}/scratch`, { recursive: true, force: true })
}

async function makePackage(
  program: GrafanaProgram,
  binary: string | undefined,
  { architecture, pool, scratch }: { architecture: string; pool: string; scratch: string },
): Promise<ProgramSource> {
  const { executable, files, postinst, depends } = packagePlan(program)
  const kind = binary === undefined ? 'stand-in' : 'binary'
  const version = `${binary === undefined ? await standInVersion(program) : await versionOf(binary)}+${kind.replace('-', '')}1`
  const own: Record<string, string> = binary === undefined ? { [executable]: standInProgram(program) } : {}
  // Grafana is a directory: its pages and defaults lie beside `bin`.
  const copies: Record<string, string> =
    binary === undefined
      ? {}
      : program === 'grafana'
        ? { '/usr/share/grafana': dirname(dirname(binary)) }
        : { [executable]: binary }
  const summary = `${program}, ${kind === 'stand-in' ? 'a stand-in of the Homeostat lab and not the real program' : 'of a given binary'}`
  const contents = { name: program, version, architecture, summary, depends, files: { ...files, ...own }, copies }
  await buildPackage({ ...contents, executables: [executable], postinst }, pool, scratch)
  return { program, kind, version }
}

/** The version whose behaviour it shows, from its own source. */
async function standInVersion(program: GrafanaProgram): Promise<string> {
  const sources = await standInSources()
  const text = sources[`${program}.ts`] ?? sources[`${program}.js`] ?? ''
  return /version: '([^']+)'/.exec(text)?.[1] ?? '0'
}

async function versionOf(binary: string): Promise<string> {
  const said = await mustRun([binary, '--version'])
  return /\bv?(\d+\.\d+\.\d+)/.exec(said)?.[1] ?? '0'
}
