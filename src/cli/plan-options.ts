// What every verb that looks at live hosts is told: where it is written, how hosts are reached, what opens the secrets.
import type { Composition, PlanOptions } from './composition.ts'
import { type SecretFlags, secretSources } from './secret-options.ts'
import { type SshFlags, sshDefaults } from './ssh-options.ts'

/** `dir` as it was asked for; undefined: the desired state of the working directory. */
export function planOptions(
  dir: string | undefined,
  flags: SshFlags & SecretFlags,
  composition: Composition,
): PlanOptions {
  return {
    desiredStateDir: composition.desiredStateDir(dir),
    ssh: sshDefaults(flags),
    secrets: secretSources(flags, composition),
    stateDir: composition.statePaths().dir,
    signal: composition.stop,
  }
}
