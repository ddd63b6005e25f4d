// The hosts' apt repository: real Debian packages with everything they depend on, downloaded once.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { type BaseDefinition, downloadSources } from './base-definition.ts'
import { inBuildSandbox } from './build-sandbox.ts'
import { LabError } from './lab-error.ts'
import { mustRun } from './run-command.ts'

/**
 * Runs in the build's sandbox. Fills `directory` with the packages, `Packages` and `Release`; `scratch` is apt's own, and can go afterwards.
 * @throws LabError `packages` when the mirror cannot be reached or lacks one
 */
export async function buildRepository(
  definition: BaseDefinition,
  directory: string,
  scratch: string,
  signal?: AbortSignal,
): Promise<void> {
  // An empty machine is assumed, so the answer holds the whole closure, the essential packages included.
  const wanted = [...everyMachine, ...definition.imagePackages, ...definition.repositoryPackages]
  await downloadPackages(definition, { scratch, wanted }, signal)
  await mkdir(directory, { recursive: true })
  const archives = `${scratch}/archives`
  const packages = (await readdir(archives)).filter((name) => name.endsWith('.deb'))
  for (const name of packages) await rename(`${archives}/${name}`, `${directory}/${name}`)
  await indexFolder(directory, definition.suite, signal)
}

/** Makes a plain, unsigned repository of a folder of packages. */
export async function indexFolder(directory: string, suite: string, signal?: AbortSignal): Promise<void> {
  const index = await mustRun(['apt-ftparchive', 'packages', '.'], { cwd: directory, signal, timeoutMs: 120_000 })
  await writeFile(`${directory}/Packages`, index)
  const labels = ['Origin=Homeostat lab', `Suite=${suite}`, `Codename=${suite}`]
  const settings = labels.flatMap((label) => ['-o', `APT::FTPArchive::Release::${label}`])
  await writeFile(
    `${directory}/Release`,
    await mustRun(['apt-ftparchive', ...settings, 'release', '.'], { cwd: directory, signal }),
  )
}

/** What apt takes for granted on any machine. */
export const everyMachine = ['?essential', '?priority(required)']

export interface Download {
  /** apt's own; the packages are in its `archives` afterwards. */
  scratch: string
  wanted: string[]
  /** Lines of sources besides Debian's. */
  sources?: string
  /** Which source a package is taken from (man apt_preferences). */
  preferences?: string
}

/**
 * Downloads packages with all that they depend on, as for a machine that has nothing.
 * @throws LabError `packages` when a source cannot be reached or lacks one
 */
export async function downloadPackages(
  definition: BaseDefinition,
  download: Download,
  signal?: AbortSignal,
): Promise<void> {
  const { scratch, wanted } = download
  const apt = await privateApt(definition, download)
  const options = { timeoutMs: 900_000, signal, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  try {
    await mustRun(inBuildSandbox([...apt, 'update', '-qq', '--error-on=any']), { ...options, label: 'apt-get update' })
    await mustRun(inBuildSandbox([...apt, 'install', '-y', '-qq', '--download-only', ...wanted]), {
      ...options,
      label: 'apt-get install',
    })
  } catch (cause) {
    if (cause instanceof LabError && cause.kind === 'aborted') throw cause
    const tried = `cannot download the hosts' packages from ${definition.mirror}`
    throw new LabError('packages', `${tried}: ${(cause as Error).message}`, { cause })
  } finally {
    await rm(`${scratch}/lists`, { recursive: true, force: true })
  }
}

/** apt with a state of its own: nothing of this machine's package lists, status or cache is read or changed. */
async function privateApt(definition: BaseDefinition, { scratch, sources = '', preferences = '' }: Download) {
  await mkdir(`${scratch}/lists/partial`, { recursive: true })
  await mkdir(`${scratch}/archives/partial`, { recursive: true })
  await writeFile(`${scratch}/status`, '')
  await writeFile(`${scratch}/sources.list`, downloadSources(definition) + sources)
  await writeFile(`${scratch}/preferences`, preferences)
  // This machine's proxy settings stay in force, its hooks do not.
  await writeFile(`${scratch}/apt.conf`, '#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n')
  const settings = {
    'Dir::State': scratch,
    'Dir::State::status': `${scratch}/status`,
    'Dir::Cache': scratch,
    'Dir::Etc::sourcelist': `${scratch}/sources.list`,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': `${scratch}/preferences`,
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Architecture': definition.architecture,
    'APT::Architectures': definition.architecture,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '20',
  }
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  return ['apt-get', '-c', `${scratch}/apt.conf`, ...flags]
}
