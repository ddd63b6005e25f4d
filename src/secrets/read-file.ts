// One SOPS file of the desired state: its names, which anybody can read, and its values or why they cannot be had.
import { type Position, positionsOf } from '../spec/text-positions.ts'
import type { Identities } from './age-identity.ts'
import { decryptFile } from './decrypt-file.ts'
import { PUBLISHED_RECIPIENT } from './published-key.ts'
import { Secret } from './secret.ts'
import { SecretsError, type SecretsErrorKind } from './secrets-error.ts'
import { offsetOf, parseSopsFile, type SopsFile, type SopsLeaf } from './sops-file.ts'
import { SopsFileError } from './sops-file-error.ts'
import { decryptByProgram, type SopsProgram } from './sops-program.ts'

export interface SecretEntry {
  /** Keys and indexes, joined by `/`. */
  name: string
  file: string
  place: Position
  /** Undefined where the file could not be decrypted, and for what stands in it unencrypted. */
  value?: Secret
  isEncrypted: boolean
}

export interface SecretsFile {
  path: string
  /** Empty where not even the names can be read. */
  entries: SecretEntry[]
  /** It is encrypted for the published key, too: everybody can read it. */
  isPublished?: true
  problem?: { kind: SecretsErrorKind; message: string; place?: Position }
}

/** By whom a file is decrypted. `names`: by nobody, its names are enough. */
export type Opener =
  | { by: 'program'; program: SopsProgram; identities: Identities }
  | { by: 'us'; identities: Identities }
  | { by: 'nobody'; problem: SecretsError }
  | { by: 'names' }

/** Reads one file. Never throws for anything that the text can hold. */
export async function readSecretsFile(path: string, text: string, opener: Opener): Promise<SecretsFile> {
  const positions = positionsOf(text)
  let file: SopsFile
  try {
    file = parseSopsFile(text)
  } catch (error) {
    if (!(error instanceof SopsFileError)) throw error
    const place = error.offset === undefined ? {} : { place: positions(error.offset) }
    return { path, entries: [], problem: { kind: 'form', message: error.message, ...place } }
  }
  const isPublished = file.metadata.age.some(({ recipient }) => recipient === PUBLISHED_RECIPIENT)
  const about = { path, ...(isPublished ? { isPublished } : {}) }
  const entryOf = (leaf: SopsLeaf, value?: string): SecretEntry => ({
    name: leaf.path.join('/'),
    file: path,
    place: positions(offsetOf(leaf.node) ?? 0),
    isEncrypted: leaf.isEncrypted,
    ...(value === undefined || !leaf.isEncrypted ? {} : { value: new Secret(value) }),
  })
  try {
    const values = await openFile(file, { path, text }, opener)
    return { ...about, entries: values.map(({ leaf, text: value }) => entryOf(leaf, value)) }
  } catch (error) {
    if (!(error instanceof SecretsError || error instanceof SopsFileError)) throw error
    const kind = error instanceof SecretsError ? error.kind : 'form'
    const entries = file.leaves.map((leaf) => entryOf(leaf))
    return { ...about, entries, problem: { kind, message: error.message } }
  }
}

async function openFile(file: SopsFile, { path, text }: { path: string; text: string }, opener: Opener) {
  switch (opener.by) {
    case 'program':
      return decryptByProgram(opener.program, text, file, path.endsWith('.json') ? 'json' : 'yaml')
    case 'us':
      return (await decryptFile(file, opener.identities)).values
    case 'nobody':
      throw opener.problem
    case 'names':
      return file.leaves.map((leaf) => ({ leaf, text: undefined }))
  }
}
