// Makes one authenticated SSH connection to one host, over TCP or over a stream through a jump host.
import type { Duplex } from 'node:stream'
import { type Config, NodeSSH } from 'node-ssh'
import type { AuthHandlerMiddleware, Client, ServerHostKeyAlgorithm } from 'ssh2'
import type { HostSpec } from '../model/host.ts'
import type { Credentials } from './credentials.ts'
import { GatheringSocket } from './gathering-socket.ts'
import { algorithmFamilies, preferredAlgorithms } from './host-key.ts'
import { SshConnection, type SshSettings } from './ssh-connection.ts'
import { connectError } from './ssh-errors.ts'
import { TransportError } from './transport.ts'
import { judge, type Trust } from './trust.ts'

export interface Route {
  host: HostSpec
  trust: Trust
  credentials: Credentials
  settings: SshSettings
  /** A new stream to the host's SSH port through a jump host; without it TCP is used. */
  stream?: () => Promise<Duplex>
}

/** Rejects with a `TransportError` of kind `unreachable`, `host-key` or `authentication`. */
export async function connectSsh(route: Route): Promise<SshConnection> {
  let refused: unknown
  for (const algorithms of algorithmSets(route.trust)) {
    try {
      return await attempt(route, algorithms)
    } catch (error) {
      if (!(error instanceof TransportError) || error.kind !== 'host-key') throw error
      refused ??= error
    }
  }
  throw refused
}

/** A fingerprint does not say what kind of key it is of, so each kind is asked for in turn: three at most. */
function algorithmSets(trust: Trust): ServerHostKeyAlgorithm[][] {
  if (trust.fingerprints.length > 0) return algorithmFamilies()
  return [preferredAlgorithms(trust.keys.map((key) => key.type))]
}

async function attempt(route: Route, serverHostKey: ServerHostKeyAlgorithm[]): Promise<SshConnection> {
  const { host, trust, credentials } = route
  const tried: string[] = []
  let refused: TransportError | undefined
  const hostVerifier = (key: Buffer): boolean => {
    refused = judge(trust, key)
    // ssh2 refuses on exactly `false` and takes anything else for yes.
    return refused === undefined
  }
  const config: Config = {
    ...(await endpoint(route)),
    hostVerifier,
    authHandler: offer(credentials, tried),
    algorithms: { serverHostKey, ...strongAlgorithms },
  }
  const ssh = new NodeSSH()
  const connecting = ssh.connect(config)
  // node-ssh#421: once `connect` resolves nobody listens for `error`, and a reset kills the process; SshConnection
  // listens from here on, for good, and everything after this uses the ssh2 client itself.
  const connection = watch(host, ssh.connection, route.settings)
  try {
    await connecting
  } catch (error) {
    connection?.close()
    throw refused ?? connectError(host, error as Error, tried, credentials.notes)
  }
  if (connection === undefined) throw new TypeError('node-ssh connected without a client')
  connection.ready()
  return connection
}

function watch(host: HostSpec, client: Client | null, settings: SshSettings): SshConnection | undefined {
  return client === null ? undefined : new SshConnection(host, client, settings)
}

async function endpoint({ host, settings, stream }: Route): Promise<Config> {
  return {
    host: host.address,
    port: host.ssh.port,
    username: host.ssh.user,
    readyTimeout: settings.connectTimeoutMs,
    keepaliveInterval: settings.keepaliveIntervalMs,
    keepaliveCountMax: settings.keepaliveCountMax,
    sock: stream === undefined ? new GatheringSocket().connect(host.ssh.port, host.address) : await stream(),
  }
}

// AES-GCM first, no ChaCha20 and no CBC (Terrapin, CVE-2023-48795), no SHA-1.
const strongAlgorithms: NonNullable<Config['algorithms']> = {
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
}

/** Offers each key once, and stops as soon as the server takes no public keys at all. */
function offer(credentials: Credentials, tried: string[]): AuthHandlerMiddleware {
  const left = [...credentials.offered]
  const handler = (methodsLeft: readonly string[] | null): Credentials['offered'][number]['method'] | false => {
    const next = methodsLeft !== null && !methodsLeft.includes('publickey') ? undefined : left.shift()
    if (next === undefined) return false
    tried.push(next.label)
    return next.method
  }
  // ssh2 takes the return value as well as the callback (client.js, tryNextAuth); its type knows the callback only.
  return handler as unknown as AuthHandlerMiddleware
}
