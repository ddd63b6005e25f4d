// The lab's own network: a namespace with one bridge, so that nothing here touches the network of this machine.
import { insideNetwork } from './inside-network.ts'
import { bridge, labAddress, labPrefix } from './lab-hosts.ts'
import type { LabPaths } from './lab-paths.ts'
import { faultRules } from './network-faults.ts'
import { mustRun, runCommand } from './run-command.ts'

/** Makes the network; returns whether it was made new, in which case hosts that still run have lost their cable. */
export async function ensureNetwork(lab: LabPaths): Promise<boolean> {
  if (await isWhole(lab)) return false
  await removeNetwork(lab)
  await mustRun(['ip', 'netns', 'add', lab.namespace])
  const steps = [
    ['link', 'set', 'lo', 'up'],
    ['link', 'add', bridge, 'type', 'bridge'],
    ['address', 'add', `${labAddress}/${labPrefix}`, 'dev', bridge],
    ['link', 'set', bridge, 'up'],
  ]
  for (const step of steps) await mustRun(insideNetwork(lab, ['ip', ...step]))
  // Last of all: the table proves that everything before it was done.
  await mustRun(insideNetwork(lab, ['nft', '-f', '-']), { stdin: faultRules })
  return true
}

/** Takes the namespace away, and with it bridge and rules. No complaint where there is none. */
export async function removeNetwork(lab: LabPaths): Promise<void> {
  const listed = await mustRun(['ip', 'netns', 'list'])
  const names = listed.split('\n').map((line) => line.split(' ')[0])
  if (names.includes(lab.namespace)) await mustRun(['ip', 'netns', 'delete', lab.namespace])
}

async function isWhole(lab: LabPaths): Promise<boolean> {
  return (await runCommand(insideNetwork(lab, ['nft', 'list', 'table', 'bridge', 'lab']))).exitCode === 0
}
