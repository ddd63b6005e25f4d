// Secrets that came with a desired state get values and a key of the one who uses it: every value is new, because the old ones are
// known to others. Nothing has to be decrypted for that.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { saveFile } from '../source/save-file.ts'
import { defaultKeyFile, findIdentities, type IdentitySources } from './age-identity.ts'
import { type CreationRule, creationRule, findConfig } from './creation-rules.ts'
import { encryptNew } from './encrypt-file.ts'
import { PUBLISHED_RECIPIENT } from './published-key.ts'
import { SecretsError } from './secrets-error.ts'
import { formatOf } from './set-secret.ts'
import { leavesOf, parseSopsFile } from './sops-file.ts'

const VALUE_BYTES = 24

export interface Renewed {
  path: string
  /** Of the secrets that have a new value. */
  names: string[]
}

/** Writes the file anew: the same names, a random value (48 hex digits) for each, encrypted for the recipients of `.sops.yaml`. */
export async function renewSecrets(path: string, text: string, now: Date): Promise<Renewed> {
  const rule = await ownRule(path)
  const { document, metadata } = parseSopsFile(text)
  document.contents.delete('sops')
  const leaves = leavesOf(document, metadata.rule).filter(({ isEncrypted }) => isEncrypted)
  for (const { node } of leaves) {
    node.value = randomBytes(VALUE_BYTES).toString('hex')
    delete node.type
    delete node.source
  }
  await saveFile(path, await encryptNew(document, rule, { format: formatOf(path), now }))
  return { path, names: leaves.map((leaf) => leaf.path.join('/')) }
}

async function ownRule(path: string): Promise<CreationRule> {
  const rule = await creationRule(path)
  if (rule.recipients.includes(PUBLISHED_RECIPIENT))
    throw new SecretsError('recipient', 'its .sops.yaml names the published key of the lab; expected a key of your own')
  return rule
}

export interface OwnKey {
  recipient: string
  /** Where the identity was put; undefined where there was one. */
  madeIn?: string
}

/** The key of whoever runs this, made where there is none. Throws `SecretsError`. */
export async function ownKey(sources: IdentitySources): Promise<OwnKey> {
  const { generateIdentity, identityToRecipient } = await import('age-encryption')
  for (const identity of (await findIdentities(sources)).keys) {
    const recipient = await identityToRecipient(identity)
    if (recipient !== PUBLISHED_RECIPIENT) return { recipient }
  }
  const madeIn = defaultKeyFile(sources.env)
  if (sources.ageKeyFile !== undefined || madeIn === undefined)
    throw new SecretsError('identity', 'there is no age identity of your own; make one with age-keygen')
  const identity = await generateIdentity()
  const recipient = await identityToRecipient(identity)
  await mkdir(dirname(madeIn), { recursive: true, mode: 0o700 })
  await writeFile(madeIn, `# public key: ${recipient}\n${identity}\n`, { mode: 0o600, flag: 'wx' })
  return { recipient, madeIn }
}

/** Says for whom the secrets of a directory are encrypted, where nothing above it does; returns the file if it was written. */
export async function ensureRule(directory: string, recipient: string): Promise<string | undefined> {
  const path = join(directory, '.sops.yaml')
  if ((await findConfig(path)) !== undefined) return undefined
  await writeFile(path, `creation_rules:\n  - path_regex: \\.sops\\.(yaml|json)$\n    age: ${recipient}\n`, {
    flag: 'wx',
  })
  return path
}
