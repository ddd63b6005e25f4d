// Picks the way to a host: the only function that `main` needs from this folder.
import type { HostSpec } from '../model/host.ts'
import { localTransport } from './local.ts'
import { type SshTransportOptions, sshTransport } from './ssh.ts'
import type { Transport } from './transport.ts'

/** A transport to the host, local or over SSH as its `connection` says. Nothing is sent before its first use. */
export function openTransport(host: HostSpec, options: SshTransportOptions = {}): Transport {
  return host.connection === 'local' ? localTransport(host.name) : sshTransport(host, options)
}
