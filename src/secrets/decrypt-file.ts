// Our own reading of a SOPS file, for machines without the program: every value decrypted, the MAC always verified.

import type { Identities } from './age-identity.ts'
import { openDataKey } from './data-key.ts'
import { SecretsError } from './secrets-error.ts'
import { type Decrypted, decryptValue, placeData, VALUE_TYPES } from './sops-cipher.ts'
import type { SopsFile, SopsLeaf } from './sops-file.ts'
import { sopsMac } from './sops-mac.ts'

export interface OpenedFile {
  key: Buffer
  /** In the order of the file's leaves. */
  values: OpenedValue[]
}

export interface OpenedValue {
  leaf: SopsLeaf
  type: string
  /** As it was encrypted. */
  plain: string
  /** As it is used: true for `True`. */
  text: string
}

/** Decrypts the whole file. Throws `SecretsError`: without a MAC that fits, nothing of the file is given. */
export async function decryptFile(file: SopsFile, identities: Identities): Promise<OpenedFile> {
  const key = await openDataKey(file.metadata, identities)
  const mac = sopsMac(file.metadata)
  const values = file.leaves.map((leaf) => {
    const { type, plain } = leaf.isEncrypted ? decryptLeaf(leaf, key) : plainLeaf(leaf)
    mac.add(plain, leaf.isEncrypted)
    const text = textOf(leaf, plain)
    return { leaf, type, plain: text, text: type === 'bool' ? text.toLowerCase() : text }
  })
  if (!mac.matches(file.metadata, key)) {
    const message = 'its MAC does not match: something was added, removed, moved or replaced without the key'
    throw new SecretsError('tampered', message)
  }
  return { key, values }
}

function decryptLeaf({ node, keys, path }: SopsLeaf, key: Buffer): Decrypted {
  const value = typeof node.value === 'string' ? decryptValue(node.value, key, placeData(keys)) : undefined
  if (value === undefined) {
    const message = `the value of ${path.join('/')} is not what was encrypted there: it was replaced, moved or damaged`
    throw new SecretsError('tampered', message)
  }
  if (!(VALUE_TYPES as readonly string[]).includes(value.type)) {
    throw new SecretsError('form', `${path.join('/')} is of the type ${value.type}, which is not supported`)
  }
  return value
}

/** As SOPS takes a value that stands in the file as it is (ToBytes in sops.go). */
function plainLeaf({ node, path }: SopsLeaf): Decrypted {
  const { value, source = '' } = node
  if (typeof value === 'string') return { type: 'str', plain: Buffer.from(value) }
  if (typeof value === 'boolean') return { type: 'bool', plain: Buffer.from(value ? 'True' : 'False') }
  if (/^-?(0|[1-9][0-9]*)$/.test(source)) return { type: 'int', plain: Buffer.from(source) }
  throw new SecretsError('form', `${path.join('/')} is not encrypted and of a kind that the program sops can read only`)
}

function textOf({ path }: SopsLeaf, plain: Buffer): string {
  const text = plain.toString('utf8')
  if (!Buffer.from(text).equals(plain))
    throw new SecretsError('form', `${path.join('/')} is not text: secrets of bytes are not supported; encode them`)
  return text
}
