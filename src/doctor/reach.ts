// Whether we get onto the host at all: connection, host key, login, sudo.
import type { HostFinding } from './finding.ts'
import type { HostLook } from './look.ts'

const NEXT: Partial<Record<NonNullable<HostLook['missed']>['kind'], string>> = {
  unreachable: 'is it on, and is its sshd? ping it, look at its console; docs/ssh.md has what sshd must allow',
  'host-key': 'compare the key with the one on its console before you accept it (docs/ssh.md)',
  authentication: "put the controller's public key into its authorized_keys (docs/ssh.md)",
  privilege: 'sudo -n has to work for the login user, without a password (docs/ssh.md)',
  timeout: 'it answers too late: look at its load and its disk',
  lost: 'the connection broke in the middle: look at the network, then ask again',
}

export function reach({ missed }: HostLook): HostFinding[] {
  if (missed === undefined) return []
  return [{ message: missed.message, next: NEXT[missed.kind] ?? 'look at the host itself, then ask again' }]
}
