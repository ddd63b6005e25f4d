// The key of the digests that stand for secrets in everything that is kept: it stays beside the controller's store, so that
// whoever reads a target, a diff or a backup of the store cannot try out values.
import { createHmac, randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

const KEY_BYTES = 32
const FILE = 'secret-digest.key'

/**
 * The key of a state directory; made where there is none, or a damaged one, and `create` says so. A key that is lost makes new
 * revisions of the components with secrets, whose files then turn out to be as they should be.
 */
export async function digestKey(stateDir: string, { create }: { create: boolean }): Promise<Buffer> {
  const path = join(stateDir, FILE)
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return ''
  })
  if (/^[0-9a-f]{64}\n$/.test(known)) return Buffer.from(known.trim(), 'hex')
  const key = randomBytes(KEY_BYTES)
  if (create) await keep(path, key)
  return key
}

async function keep(path: string, key: Buffer): Promise<void> {
  const temporary = `${path}.new`
  await using handle = await open(temporary, 'w', 0o600)
  await handle.writeFile(`${key.toString('hex')}\n`)
  await handle.sync()
  await rename(temporary, path)
}

/** Sixteen hex digits that change with the value, and differ for the same value under another name. */
export function secretDigest(key: Buffer, name: string, value: string): string {
  return createHmac('sha256', key).update(`${name}\0${value}`).digest('hex').slice(0, 16)
}
