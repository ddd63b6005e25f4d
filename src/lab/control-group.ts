// Control groups: every process of a host is in the host's own group, whoever started it and however it was orphaned, so
// that all of them can be found and ended without knowing a single process id.
import { existsSync } from 'node:fs'
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { LabError } from './lab-error.ts'
import { readIfThere } from './process-identity.ts'
import { waitUntil } from './wait-until.ts'

/** Hierarchies in which a host gets a group; the v2 tree, which can kill a whole group, comes first. Empty without it. */
export function cgroupTrees(exists: (path: string) => boolean = existsSync): string[] {
  if (exists('/sys/fs/cgroup/cgroup.kill') || exists('/sys/fs/cgroup/cgroup.controllers')) return ['/sys/fs/cgroup']
  const hybrid = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'].filter((tree) => exists(`${tree}/cgroup.procs`))
  return hybrid[0] === '/sys/fs/cgroup/unified' ? hybrid : []
}

/** Whether any process is in the group or in one inside it. */
export async function isPopulated(group: string): Promise<boolean> {
  return /^populated 1$/m.test((await readIfThere(`${cgroupTrees()[0]}/${group}/cgroup.events`)) ?? '')
}

/**
 * Makes the groups that a host's programs enter by themselves. A group of its own per host: two hosts in one would see,
 * and end, each other's services.
 */
export async function makeGroups(group: string, names: string[]): Promise<void> {
  for (const tree of cgroupTrees()) {
    for (const name of names) await mkdir(`${tree}/${group}/${name}`, { recursive: true })
  }
}

/** The command that runs `argv` inside the group, which `makeGroups` has made. */
export function insideGroup(group: string, argv: string[]): string[] {
  const files = cgroupTrees().map((tree) => `${tree}/${group}/cgroup.procs`)
  return ['sh', '-c', `for file in ${files.join(' ')}; do echo $$ > "$file" || exit 70; done; exec "$@"`, 'sh', ...argv]
}

/**
 * Ends every process of the group with SIGKILL and takes the group away, so that none can enter it later. No complaint
 * where there is none.
 * @throws LabError `timeout` when a process cannot be ended
 */
export async function endGroup(group: string): Promise<void> {
  const killer = `${cgroupTrees()[0]}/${group}/cgroup.kill`
  const isGone = async () => {
    // The kernel ends the whole group at once, whoever forks meanwhile (kernel documentation, cgroup-v2).
    if (existsSync(killer)) await writeFile(killer, '1')
    if (await isPopulated(group)) return false
    for (const tree of cgroupTrees()) if (!(await removeGroup(`${tree}/${group}`))) return false
    return true
  }
  if (await waitUntil(10_000, isGone)) return
  throw new LabError('timeout', `processes of ${group} are still there 10 s after they were killed`)
}

/** Innermost first: a group with groups in it cannot be removed. Returns false where a process has just entered. */
async function removeGroup(directory: string): Promise<boolean> {
  if (!existsSync(directory)) return true
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && !(await removeGroup(`${directory}/${entry.name}`))) return false
  }
  try {
    await rmdir(directory)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false
    throw error
  }
}
