// Where the programs that build the image run: a control group, so that what a killed build left running can be found and
// ended, and a mount namespace, so that what it left mounted is gone with it.
import { endGroup, insideGroup, makeGroups } from './control-group.ts'

const group = 'homeostat-lab.build'

/** Runs `work` with the sandbox there, and with nothing left running in it before and after. */
export async function withBuildSandbox<T>(work: () => Promise<T>): Promise<T> {
  await endGroup(group)
  await makeGroups(group, ['programs'])
  try {
    return await work()
  } finally {
    await endGroup(group)
  }
}

/** The command that runs `argv` in the sandbox. */
export function inBuildSandbox(argv: string[]): string[] {
  return insideGroup(`${group}/programs`, ['unshare', '--mount', '--propagation=private', ...argv])
}
