// Picks the way to a host: the only function that `main` needs from this folder.
import type { HostSpec } from '../model/host.ts'
import { localTransport } from './local.ts'
import { type SshTransportOptions, sshTransport } from './ssh.ts'
import type { Transport } from './transport.ts'

/** A transport to the host, local or over SSH as its `connection` says. Nothing is sent before its first use. */
export function openTransport(host: HostSpec, options: SshTransportOptions = {}): Transport {
  return host.connection === 'local' ? localTransport(host.name) : sshTransport(host, options)
}

/** A busy host takes its time to let somebody in. */
const LOGIN_MS = 30_000

/** Logs on now, so that what is asked first has its own time for itself. Rejects with a `TransportError`. */
export async function logOn(transport: Transport, signal: AbortSignal): Promise<void> {
  await transport.script(':', { timeoutMs: LOGIN_MS, signal })
}
