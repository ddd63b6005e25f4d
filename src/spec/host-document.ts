// A Host as written, and what it means: where a machine is and how it is reached. Every text that comes near an SSH command
// line is held to a strict alphabet, and nothing may begin with "-".
import { z } from 'zod'
import { hostAddress, port, resourceName } from '../catalog/scalars.ts'
import type { HostSpec } from '../model/host.ts'
import { document } from './envelope.ts'

const USER = 'expected a user name of letters, digits, "_", "." and "-", not beginning with "-" or a digit'
const PATH = 'expected an absolute path, or one beginning with ~/, without spaces and ".."'
const HOST_KEY = 'expected a host key such as "ssh-ed25519 AAAA…" or its fingerprint "SHA256:…" of 43 characters'

/** A file on the controller's own machine; `~/` is the home directory of the user who runs it. */
const localPath = z
  .string({ error: PATH })
  .max(1024)
  .regex(/^~?(\/(?!\.\.?(\/|$))[A-Za-z0-9_@%+=:,.-]+)+$/, { error: PATH })

const ssh = z.strictObject({
  user: z
    .string({ error: USER })
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, { error: USER })
    .default('root'),
  port: port.default(22),
  identityFile: localPath.optional().describe("Private key. Default: --identity, the agent, the user's own keys."),
  hostKeys: z
    .array(
      z
        .string({ error: HOST_KEY })
        .regex(
          /^(SHA256:[A-Za-z0-9+/]{43}|(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) AAAA[A-Za-z0-9+/]{20,1000}={0,2})$/,
          { error: HOST_KEY },
        ),
    )
    .max(10)
    .default([])
    .describe('The keys that the host may have. Default: known_hosts decides. No key is ever accepted unseen.'),
  knownHostsFile: localPath.optional().describe('Default: --known-hosts, then ~/.ssh/known_hosts.'),
  jump: resourceName.optional().describe('Name of the Host to go through.'),
  sudo: z.boolean().optional().describe('Run commands by `sudo -n`. Default: exactly when the user is not root.'),
})

export const hostSpec = z
  .strictObject({
    address: hostAddress.optional().describe('IP address or DNS name. Required, but with `connection: local`.'),
    platform: z.enum(['debian', 'nixos']).default('debian'),
    connection: z
      .enum(['ssh', 'local'])
      .default('ssh')
      .describe('`local` is the machine that the controller runs on, without SSH.'),
    ssh: ssh.optional(),
    machineId: z
      .string()
      .regex(/^[0-9a-f]{32}$/, { error: 'expected 32 hexadecimal digits, as in /etc/machine-id' })
      .optional()
      .describe('/etc/machine-id of the machine meant; another machine at the address is refused.'),
  })
  .refine(({ connection, ssh }) => connection === 'ssh' || ssh === undefined, {
    path: ['ssh'],
    error: 'has no effect with connection: local; expected one or the other',
  })
  .refine(({ connection, address }) => connection === 'local' || address !== undefined, {
    path: ['address'],
    error: 'required: expected an IP address or a DNS name',
  })

export const hostDocument = document('Host', hostSpec).describe('A machine, and how it is reached.')

export type HostDocument = z.output<typeof hostDocument>

/** The host that a checked document describes. */
export function toHost({ metadata, spec }: Pick<HostDocument, 'metadata' | 'spec'>): HostSpec {
  const { user, port, hostKeys, sudo, ...rest } = spec.ssh ?? ssh.parse({})
  const { identityFile, knownHostsFile, jump } = rest
  return {
    name: metadata.name,
    address: spec.address ?? '127.0.0.1',
    platform: spec.platform,
    connection: spec.connection,
    ssh: {
      user,
      port,
      hostKeys,
      sudo: sudo ?? user !== 'root',
      ...(identityFile === undefined ? {} : { identityFile }),
      ...(knownHostsFile === undefined ? {} : { knownHostsFile }),
      ...(jump === undefined ? {} : { jump }),
    },
    ...(spec.machineId === undefined ? {} : { machineId: spec.machineId }),
    labels: metadata.labels,
  }
}
