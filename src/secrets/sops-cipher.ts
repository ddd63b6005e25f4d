// SOPS' own ciphertext: one value of a file, encrypted with the data key, bound to its place by the additional data.
// Source: aes/cipher.go and sops.go of getsops/sops 3.13.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What is encrypted, as SOPS names its types. Lists of others exist and are refused. */
export const VALUE_TYPES = ['str', 'int', 'float', 'bool', 'time', 'bytes'] as const
export type ValueType = (typeof VALUE_TYPES)[number]

export interface Decrypted {
  type: string
  /** As SOPS writes it before encrypting: `True`, `5432`, the text itself. The MAC is made of these very bytes. */
  plain: Buffer
}

const FORM = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]+)\]$/
const IV_BYTES = 32
const TAG_BYTES = 16

/** Whether the text has the form of an encrypted value. */
export function isEncryptedValue(text: string): boolean {
  return FORM.test(text)
}

/** Undefined for what is no ciphertext of this key at this place. The empty text stands for itself. */
export function decryptValue(text: string, key: Buffer, additionalData: string): Decrypted | undefined {
  if (text === '') return { type: 'str', plain: Buffer.alloc(0) }
  const [, data, iv, tag, type] = FORM.exec(text) ?? []
  if (data === undefined || iv === undefined || tag === undefined || type === undefined) return undefined
  const [ivBytes, tagBytes] = [Buffer.from(iv, 'base64'), Buffer.from(tag, 'base64')]
  if (ivBytes.length === 0 || tagBytes.length !== TAG_BYTES) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, ivBytes, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(additionalData)).setAuthTag(tagBytes)
    return { type, plain: Buffer.concat([decipher.update(data, 'base64'), decipher.final()]) }
  } catch {
    // Whatever OpenSSL says, it comes to this: it is not what was encrypted here.
    return undefined
  }
}

/** A fresh ciphertext. */
export function encryptValue(plain: string, type: ValueType, key: Buffer, additionalData: string): string {
  if (plain === '') return ''
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(additionalData))
  const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  const parts = { data, iv, tag: cipher.getAuthTag() }
  const words = Object.entries(parts).map(([name, bytes]) => `${name}:${bytes.toString('base64')}`)
  return `ENC[AES256_GCM,${words.join(',')},type:${type}]`
}

/** What binds a value to its place: the keys of the maps around it, not the indexes of lists. */
export function placeData(keys: readonly string[]): string {
  return `${keys.join(':')}:`
}
