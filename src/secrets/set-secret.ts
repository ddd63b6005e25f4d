// Sets one secret of a SOPS file, by the program sops where it is installed and can take a value without showing it, else by
// ourselves. The value is never on a command line.
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { saveFile } from '../source/save-file.ts'
import type { Identities } from './age-identity.ts'
import { creationRule } from './creation-rules.ts'
import { decryptFile } from './decrypt-file.ts'
import { encryptAgain, encryptNew } from './encrypt-file.ts'
import { emptyDocument, plainDocument, putSecret } from './plain-document.ts'
import type { Opener } from './read-file.ts'
import { SecretsError } from './secrets-error.ts'
import { parseSopsFile } from './sops-file.ts'
import { type Format, runSops, type SopsProgram } from './sops-program.ts'
import { sopsText } from './sops-text.ts'

export interface Setting {
  /** Absolute path of the SOPS file; it is made where it is not there. */
  path: string
  /** The keys that lead to the secret. */
  keys: string[]
  value: string
  now: Date
}

/** Returns whether the file is new. Throws `SecretsError`, `SopsFileError` and errors of the file system. */
export async function setSecret(setting: Setting, opener: Opener): Promise<boolean> {
  const text = await textOf(setting.path)
  if (text === undefined) await createWith(setting, opener)
  else await change(setting, text, opener)
  return text === undefined
}

export function formatOf(path: string): Format {
  return path.endsWith('.json') ? 'json' : 'yaml'
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

async function createWith({ path, keys, value, now }: Setting, opener: Opener): Promise<void> {
  const format = formatOf(path)
  const document = emptyDocument()
  putSecret(document, keys, value)
  const text =
    opener.by === 'program'
      ? await encryptByProgram(opener.program, path, sopsText(document, format))
      : await encryptNew(document, await creationRule(path), { format, now })
  await saveFile(path, text)
}

/** A new file of these plain values. Throws `SecretsError`. */
async function encryptByProgram(program: SopsProgram, path: string, plain: string): Promise<string> {
  const format = formatOf(path)
  const words = ['encrypt', '--filename-override', path, '--input-type', format, '--output-type', format, '/dev/stdin']
  const { exitCode, stdout } = await runSops(program, words, { input: plain, cwd: dirname(path) })
  if (exitCode === 0) return stdout.toString('utf8')
  const why = `sops encrypt ended with exit code ${exitCode}: is there a .sops.yaml with a creation rule for ${path}?`
  throw new SecretsError('program', why)
}

async function change({ path, keys, value, now }: Setting, text: string, opener: Opener): Promise<void> {
  const file = parseSopsFile(text)
  putSecret(file.document.clone() as typeof file.document, keys, '')
  if (opener.by === 'program' && (await canSet(opener.program))) return setByProgram(opener.program, path, keys, value)
  const opened = await decryptFile(file, identitiesOf(opener))
  const plain = plainDocument(file, opened)
  putSecret(plain, keys, value)
  await saveFile(path, encryptAgain(plain, file, opened, { format: formatOf(path), now }))
}

/** Versions before 3.11 take the value on the command line alone, for everybody on this machine to see. */
async function canSet(program: SopsProgram): Promise<boolean> {
  const { stdout } = await runSops(program, ['set', '--help'], { input: '' })
  return stdout.includes('--value-stdin')
}

async function setByProgram(program: SopsProgram, path: string, keys: string[], value: string): Promise<void> {
  const index = keys.map((key) => `[${JSON.stringify(key)}]`).join('')
  const words = ['set', '--value-stdin', path, index]
  const { exitCode } = await runSops(program, words, { input: JSON.stringify(value), cwd: dirname(path) })
  if (exitCode !== 0)
    throw new SecretsError('program', `sops set ended with exit code ${exitCode}; nothing was changed`)
}

/** The identities to decrypt with by ourselves. Throws `SecretsError`. */
export function identitiesOf(opener: Opener): Identities {
  if (opener.by === 'nobody') throw opener.problem
  return opener.by === 'names' ? { keys: [], from: '' } : opener.identities
}
