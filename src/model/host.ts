// A machine we reach, as the user describes it.

export interface HostSpec {
  name: string
  /** IP address or DNS name. */
  address: string
  platform: 'debian' | 'nixos'
  /** `local` reaches this very machine without SSH. */
  connection: 'ssh' | 'local'
  ssh: SshOptions
  /** `/etc/machine-id` of the machine meant; another machine at the address is refused. */
  machineId?: string
  labels: Record<string, string>
}

export interface SshOptions {
  user: string
  port: number
  /** Private key file; without it the agent and then the user's default keys are tried. */
  identityFile?: string
  /** Pinned host keys, `ssh-ed25519 AAAA…` or `SHA256:…`; without them known_hosts decides. Never accepted blindly. */
  hostKeys: string[]
  knownHostsFile?: string
  /** Name of the Host to jump through. */
  jump?: string
  /** Whether commands run through `sudo -n`; default: exactly when the user is not root. */
  sudo: boolean
}
