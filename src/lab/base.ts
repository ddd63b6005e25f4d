// The cache of what all hosts share: one Debian image and the repository it was built from, made once per definition.
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { type BaseDefinition, baseDefinition, baseKey, dpkgOptions, imageHooks } from './base-definition.ts'
import { inBuildSandbox, withBuildSandbox } from './build-sandbox.ts'
import { lockFile, whileLocked } from './file-lock.ts'
import { cacheDirectory } from './lab-paths.ts'
import { buildRepository } from './repository.ts'
import { mustRun } from './run-command.ts'

export interface Base {
  key: string
  /** Root directory of the image; never written to again. */
  image: string
  repository: string
}

/**
 * Returns the image and repository, from the cache or built now (about 40 s and 190 MB of download).
 * Whole or not there: a build that was killed leaves only a `.building` directory, which the next one clears away.
 * @throws LabError `packages`, `command`, `timeout` or `aborted`
 */
export async function ensureBase(report: (message: string) => void, signal?: AbortSignal): Promise<Base> {
  const architecture = (await mustRun(['dpkg', '--print-architecture'])).trim()
  const definition = baseDefinition(architecture, process.env)
  const key = baseKey(definition)
  const directory = `${cacheDirectory}/${key}`
  const base = { key, image: `${directory}/image`, repository: `${directory}/repository` }
  if (existsSync(directory)) return base
  await whileLocked(buildLock, 'the build of the image', buildWaitMs, async () => {
    if (!existsSync(directory)) await withBuildSandbox(() => build(definition, directory, report, signal))
  })
  return base
}

/** Removes every image and repository, and what a killed build left. No lab may be using them. */
export async function removeBases(): Promise<void> {
  const lock = await lockFile(buildLock, 'the build of the image', buildWaitMs)
  try {
    await withBuildSandbox(() => rm(cacheDirectory, { recursive: true, force: true }))
  } finally {
    await lock.release()
  }
}

export const buildLock = `${cacheDirectory}/build.lock`
export const buildWaitMs = 900_000

async function build(
  definition: BaseDefinition,
  directory: string,
  report: (message: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    if (name.endsWith('.building')) await rm(`${cacheDirectory}/${name}`, { recursive: true, force: true })
  }
  const building = `${directory}.building`
  await mkdir(building, { recursive: true })
  report(`downloading Debian ${definition.suite} packages for the hosts (once, about 190 MB)`)
  await buildRepository(definition, `${building}/repository`, `${building}/scratch`, signal)
  await rm(`${building}/scratch`, { recursive: true })
  report('building the image of the hosts (once, about 30 s)')
  await buildImage(definition, building, signal)
  await rename(building, directory)
}

async function buildImage(definition: BaseDefinition, building: string, signal?: AbortSignal): Promise<void> {
  const argv = [
    'mmdebstrap',
    '--quiet',
    '--mode=root',
    '--variant=required',
    `--architectures=${definition.architecture}`,
    `--include=${definition.imagePackages.join(',')}`,
    ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
    ...imageHooks.map((hook) => `--customize-hook=${hook}`),
    '',
    `${building}/image`,
    `deb [trusted=yes] copy:${building}/repository ./`,
  ]
  await mustRun(inBuildSandbox(argv), { timeoutMs: 600_000, signal, label: 'mmdebstrap' })
}
