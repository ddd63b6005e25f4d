// What is left of a lab on this machine: nothing, once it was taken down.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { cgroupTrees } from '../../src/lab/control-group.ts'
import { labPaths } from '../../src/lab/lab-paths.ts'
import { readIfThere } from '../../src/lab/process-identity.ts'
import { mustRun } from '../../src/lab/run-command.ts'

/** Everything on this machine that still belongs to the lab. */
export async function traces(lab: string): Promise<string[]> {
  const { state, runtime, lock, namespace, namespacePath, group } = labPaths(lab)
  const places = [state, runtime, lock, namespacePath, ...cgroupTrees().map((tree) => `${tree}/${group}`)]
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(state))
  const spaces = (await mustRun(['ip', 'netns', 'list'])).split('\n').filter((line) => line.split(' ')[0] === namespace)
  return [...places.filter((place) => existsSync(place)), ...mounts, ...spaces, ...(await processesNaming(`${state}/`))]
}

/** Command lines of the systemd-nspawn processes that have the text in them. */
export async function processesNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  const lines = await Promise.all(pids.map((pid) => readIfThere(`/proc/${pid}/cmdline`)))
  return lines
    .filter((line) => line !== undefined)
    .filter((line) => line.includes('nspawn') && line.includes(`${text}`))
}
