// Which transport a host is reached by. Beside `main.ts`, which alone constructs connections.
import type { HostSpec } from './model/host.ts'
import { localTransport } from './transport/local.ts'
import { type SshTransportOptions, sshTransport } from './transport/ssh.ts'
import type { Transport } from './transport/transport.ts'

type Defaults = Pick<SshTransportOptions, 'identityFile' | 'knownHostsFile'>

/** A transport that connects when it is first used. `defaults` are for hosts that name none of their own. */
export function connectTo(
  host: HostSpec,
  defaults: Defaults,
  resolveJump: (name: string) => HostSpec | undefined,
): Transport {
  return host.connection === 'local' ? localTransport(host.name) : sshTransport(host, { ...defaults, resolveJump })
}
