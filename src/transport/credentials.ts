// The keys we may show to a host, in order and few: the identity file alone where one is named, else the agent's keys and
// then the user's default keys. Passwords are never used.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2, { type BaseAgent as Agent, type AnyAuthMethod, type ParsedKey, type SigningRequestOptions } from 'ssh2'
import type { HostSpec } from '../model/host.ts'
import { fingerprint } from './host-key.ts'
import { TransportError } from './transport.ts'

// ssh2 is CommonJS: Node finds its default export only.
const { BaseAgent, createAgent, utils } = ssh2

export interface Credential {
  /** For messages: a path or a fingerprint, never the key. */
  label: string
  method: AnyAuthMethod
}

export interface Credentials {
  offered: Credential[]
  /** Why some were left out, for the message of a refusal. */
  notes: string[]
}

export interface CredentialSources {
  identityFile?: string
  agentSocket?: string
  home: string
}

// sshd disconnects at MaxAuthTries (6), and an RSA key may cost two tries (one per hash).
const maxOffered = 5
const agentTimeoutMs = 3_000
const defaultKeyNames = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** Throws an `authentication` error when the named identity file cannot be used. */
export async function credentialsFor(host: HostSpec, sources: CredentialSources): Promise<Credentials> {
  const named = host.ssh.identityFile ?? sources.identityFile
  if (named !== undefined) {
    const path = named.startsWith('~/') ? join(sources.home, named.slice(2)) : named
    return { offered: [await fromNamedFile(host, path)], notes: [] }
  }
  const notes: string[] = []
  const agent = await agentKeys(host.ssh.user, sources.agentSocket, notes)
  const files = await Promise.all(
    defaultKeyNames.map((name) => fromDefaultFile(host, join(sources.home, '.ssh', name), notes)),
  )
  const offered = [...agent, ...files.flat()]
  if (offered.length > maxOffered)
    notes.push(`${offered.length - maxOffered} more keys were not tried (name one with ssh.identityFile)`)
  return { offered: offered.slice(0, maxOffered), notes }
}

async function fromNamedFile(host: HostSpec, path: string): Promise<Credential> {
  try {
    return await fromFile(host.ssh.user, path)
  } catch (cause) {
    const message = `${host.name}: the identity file ${path} cannot be used: ${whyUnusable(cause as Error)}. Nothing was sent.`
    throw new TransportError('authentication', host.name, message, { sent: false, cause })
  }
}

function whyUnusable(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? 'it does not exist' : error.message
}

async function fromDefaultFile(host: HostSpec, path: string, notes: string[]): Promise<Credential[]> {
  try {
    return [await fromFile(host.ssh.user, path)]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') notes.push(`${path}: ${(error as Error).message}`)
    return []
  }
}

async function fromFile(username: string, path: string): Promise<Credential> {
  const key = firstKey(utils.parseKey(await readFile(path)))
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) throw new Error('others can read it; chmod 600 it')
  return { label: path, method: { type: 'publickey', username, key } }
}

function firstKey(parsed: ParsedKey | Error | ParsedKey[]): ParsedKey {
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (key instanceof Error && /encrypted/i.test(key.message)) {
    throw new Error('it is protected by a passphrase; load it into an ssh-agent and name no identity file')
  }
  if (key === undefined || key instanceof Error) throw new Error('it is not a private key that can be read')
  if (!key.isPrivateKey()) throw new Error('it is a public key; name the private one, which has no .pub in its name')
  return key
}

async function agentKeys(username: string, socket: string | undefined, notes: string[]): Promise<Credential[]> {
  if (!socket) return []
  const agent = createAgent(socket)
  try {
    const keys = await listKeys(agent)
    return keys.map((key) => ({
      label: `agent key ${fingerprint(key.getPublicSSH())}`,
      method: { type: 'agent', username, agent: new OneKeyAgent(agent, key) },
    }))
  } catch (error) {
    // Asked here and not by ssh2: a dead agent there is an `error` event, at which node-ssh gives up on all other keys.
    notes.push(`the ssh-agent at ${socket} did not answer (${(error as Error).message})`)
    return []
  }
}

function listKeys(agent: Agent): Promise<ParsedKey[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ParsedKey[]>()
  const timer = setTimeout(() => reject(new Error(`silent for ${agentTimeoutMs} ms`)), agentTimeoutMs)
  agent.getIdentities((error, keys) => {
    clearTimeout(timer)
    if (error) reject(error)
    else
      resolve(
        (keys ?? [])
          .map((key) => utils.parseKey(key as Buffer))
          .filter((key): key is ParsedKey => !(key instanceof Error)),
      )
  })
  return promise
}

/** The real agent, seen as if it held one key: each key is then one attempt that can be counted and named. */
class OneKeyAgent extends BaseAgent<ParsedKey> {
  readonly #agent: Agent
  readonly #key: ParsedKey

  constructor(agent: Agent, key: ParsedKey) {
    super()
    this.#agent = agent
    this.#key = key
  }

  override getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    callback(null, [this.#key])
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | ((error?: Error | null, signature?: Buffer) => void),
    callback?: (error?: Error | null, signature?: Buffer) => void,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options)
    else this.#agent.sign(key, data, options, callback)
  }
}
