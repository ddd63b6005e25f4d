// The options of every verb that reaches hosts: what stands in where a Host document names no key or known_hosts of its own.
import { type Command, Option } from 'commander'
import type { Composition, StartOptions } from './composition.ts'

export interface SshFlags {
  identity?: string
  knownHosts?: string
}

export function addSshOptions(command: Command, { env }: Pick<Composition, 'env'>): Command {
  const { HOMEOSTAT_SSH_IDENTITY: identity, HOMEOSTAT_SSH_KNOWN_HOSTS: knownHosts, HOMEOSTAT_LAB: lab } = env
  return command
    .addOption(fallback('--identity <file>', 'private key for hosts that name none [HOMEOSTAT_SSH_IDENTITY]', identity))
    .addOption(
      fallback('--known-hosts <file>', 'known_hosts for hosts that name none [HOMEOSTAT_SSH_KNOWN_HOSTS]', knownHosts),
    )
    .hook('preAction', async () => {
      if (lab) await (await import('./enter-lab.ts')).enterLab(lab, env)
    })
}

function fallback(flags: string, description: string, value: string | undefined): Option {
  const option = new Option(flags, description)
  return value ? option.default(value) : option
}

export function sshDefaults({ identity, knownHosts }: SshFlags): StartOptions['ssh'] {
  return { ...(identity && { identityFile: identity }), ...(knownHosts && { knownHostsFile: knownHosts }) }
}
