// The key of a SOPS file, which itself stands in the file, encrypted by age for each recipient.
import type { Identities } from './age-identity.ts'
import { SecretsError } from './secrets-error.ts'
import type { SopsMetadata } from './sops-file.ts'

const KEY_BYTES = 32

/** Loaded when there is something to decrypt: it brings some sixty modules along, a tenth of a controller's start. */
const loadAge = () => import('age-encryption')

/** The data key. Throws `SecretsError` where none of the identities is meant. */
export async function openDataKey({ age, others }: SopsMetadata, { keys, from }: Identities): Promise<Buffer> {
  if (others.includes('key_groups') || age.length === 0) throw new SecretsError('form', needsProgram(others))
  if (keys.length === 0)
    throw new SecretsError('identity', `there is no age identity (AGE-SECRET-KEY-1…); looked in ${from}`)
  for (const { enc } of age) {
    const key = await tryOpen(enc, keys)
    if (key?.length === KEY_BYTES) return Buffer.from(key)
  }
  const recipients = age.map(({ recipient }) => recipient).join(', ')
  throw new SecretsError('recipient', `it is encrypted for ${recipients}, and no identity of ${from} belongs to that`)
}

function needsProgram(others: string[]): string {
  const what = others.length === 0 ? 'no age recipient' : others.join(', ')
  return `its keys are ${what}, which the program sops can use; it is not installed here, or not on the PATH`
}

async function tryOpen(enc: string, keys: string[]): Promise<Uint8Array | undefined> {
  const { armor, Decrypter } = await loadAge()
  const decrypter = new Decrypter()
  try {
    for (const key of keys) decrypter.addIdentity(key)
    return await bytesOf(await decrypter.decrypt(ReadableStream.from([armor.decode(enc)])))
  } catch {
    // Not meant for us, or damaged; what the library says can hold parts of either.
    return undefined
  }
}

/** Where age is given bytes, it reads its own stream by a `Response`, and Node first loads all that speaks HTTP. */
async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The data key encrypted for one recipient, as SOPS has it. Throws `SecretsError` for what is no recipient. */
export async function sealDataKey(key: Buffer, recipient: string): Promise<string> {
  const { armor, Encrypter } = await loadAge()
  const encrypter = new Encrypter()
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new SecretsError('recipient', `${recipient} is no age recipient of the form age1…`, cause)
  }
  return `${armor.encode(await encrypter.encrypt(key)).trimEnd()}\n`
}
