// A verb that reaches hosts, while HOMEOSTAT_LAB names a lab: it goes on within the network of that lab, with its keys.
import { stat } from 'node:fs/promises'
import { insideNetwork } from '../lab/inside-network.ts'
import { labPaths } from '../lab/lab-paths.ts'
import { withPublishedIdentity } from '../lab/published-identity.ts'
import { CliError } from './exit.ts'

/**
 * Returns where this process is in the network of the lab already; else the same command line takes its place there, and this never
 * returns. Throws where there is no such lab.
 */
export async function enterLab(name: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const lab = labPaths(name)
  if (process.execve === undefined) throw new CliError(`this Node cannot go on within the network of the lab ${name}`)
  const [there, here] = await Promise.all([lab.namespacePath, '/proc/self/ns/net'].map(namespaceAt))
  if (there === undefined)
    throw new CliError(`HOMEOSTAT_LAB is ${name}, and that lab is not up: homeostat lab up, or unset HOMEOSTAT_LAB`)
  if (there === here) return
  const known = {
    HOMEOSTAT_SSH_IDENTITY: env.HOMEOSTAT_SSH_IDENTITY || lab.identityFile,
    HOMEOSTAT_SSH_KNOWN_HOSTS: env.HOMEOSTAT_SSH_KNOWN_HOSTS || lab.knownHostsFile,
  }
  const command = insideNetwork(lab, [process.execPath, ...process.argv.slice(1)])
  process.execve('/usr/bin/env', ['env', ...command], { ...withPublishedIdentity(env), ...known })
}

/** Which namespace a file stands for; undefined where there is none. */
async function namespaceAt(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path)
    return `${dev}:${ino}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
