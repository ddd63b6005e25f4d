// Control groups: every process of a host is in the host's own group, whoever started it and however it was orphaned, so
// that all of them can be found and ended without knowing a single process id.
import { existsSync } from 'node:fs'
import { readdir, rmdir, writeFile } from 'node:fs/promises'
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
 * Ends every process of the group with SIGKILL and takes the group away. No complaint where there is none.
 * @throws LabError `timeout` when a process cannot be ended
 */
export async function endGroup(group: string): Promise<void> {
  const killer = `${cgroupTrees()[0]}/${group}/cgroup.kill`
  if (existsSync(killer)) {
    // The kernel ends the whole group at once, whoever forks meanwhile (kernel documentation, cgroup-v2).
    await writeFile(killer, '1')
    if (!(await waitUntil(10_000, async () => !(await isPopulated(group))))) {
      throw new LabError('timeout', `processes of ${group} are still there 10 s after they were killed`)
    }
  }
  for (const tree of cgroupTrees()) await removeGroup(`${tree}/${group}`)
}

/** Innermost first: a group with groups in it cannot be removed. */
async function removeGroup(directory: string): Promise<void> {
  if (!existsSync(directory)) return
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroup(`${directory}/${entry.name}`)
  }
  await rmdir(directory)
}
