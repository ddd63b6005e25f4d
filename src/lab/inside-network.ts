// Puts a command into the lab's network namespace. Pure.
import type { LabPaths } from './lab-paths.ts'

/** The command that runs `argv` inside the lab's network, and everything else as it is here. */
export function insideNetwork(lab: Pick<LabPaths, 'namespacePath'>, argv: string[]): string[] {
  // Not `ip netns exec`: it remounts /sys, and nspawn then cannot tell which cgroup tree it has.
  return ['nsenter', `--net=${lab.namespacePath}`, '--', ...argv]
}
