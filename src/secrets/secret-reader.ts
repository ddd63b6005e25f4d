// Reads all SOPS files of a desired state, each anew only when its text has changed.
import { createHash } from 'node:crypto'
import { isSopsFile } from '../spec/document-file.ts'
import { findIdentities, type IdentitySources } from './age-identity.ts'
import { secretDigest } from './digest-key.ts'
import { PastValues } from './past-values.ts'
import { type Opener, readSecretsFile, type SecretsFile } from './read-file.ts'
import { noSecrets, type Secrets, secretsOf } from './secrets.ts'
import { SecretsError } from './secrets-error.ts'
import { findSopsProgram } from './sops-program.ts'

export interface SecretReaderOptions extends IdentitySources {
  digestKey: Buffer
  /** Hears of every value before anything is done with it; `src/telemetry` scrubs it from all that is written. */
  onValue(value: string): void
  /** Hears which files everybody can read, when it is others than before. */
  onPublished?(files: string[]): void
  /** Shorter values cannot be scrubbed and are not used. */
  minCharacters: number
  /** Where there is no identity, be content with the names: for who only looks. Default false. */
  namesSuffice?: boolean
}

export interface SecretReader {
  /** Decrypts what has changed since the last call, and returns the same as that where nothing has. Never rejects for anything that files can hold. */
  read(files: Readonly<Record<string, string>>): Promise<Secrets>
  /** From now on these are the ones: together with the targets that they belong to, or a new value would look like drift. */
  use(secrets: Secrets): void
  /** Those in use; none before the first. */
  current(): Secrets
}

export function createSecretReader(options: SecretReaderOptions): SecretReader {
  const { digestKey, onValue, minCharacters } = options
  let good = new Map<string, { hash: string; file: SecretsFile }>()
  let current = noSecrets
  let last: { found: SecretsFile[]; namesOnly: boolean; secrets: Secrets } | undefined
  let published = ''
  const past = new PastValues()
  return {
    current: () => current,
    use: (secrets) => {
      current = secrets
    },
    read: async (files) => {
      const paths = Object.keys(files).filter(isSopsFile).sort()
      const opener = paths.length === 0 ? undefined : await findOpener(options)
      const read = new Map<string, { hash: string; file: SecretsFile }>()
      for (const path of paths) {
        const text = files[path] ?? ''
        const hash = createHash('sha256').update(text).digest('hex')
        const known = good.get(path)
        const file = known?.hash === hash ? known.file : await readSecretsFile(path, text, opener as Opener)
        for (const { name, value } of file.entries) {
          if (value === undefined) continue
          onValue(value.reveal())
          past.add(name, secretDigest(digestKey, name, value.reveal()), value.reveal())
        }
        read.set(path, { hash, file })
      }
      good = new Map([...read].filter(([, { file }]) => file.problem === undefined))
      const namesOnly = opener?.by === 'names'
      const digest = (name: string, value: string) => secretDigest(digestKey, name, value)
      const found = [...read.values()].map(({ file }) => file)
      if (last === undefined || last.namesOnly !== namesOnly || !areSame(last.found, found)) {
        const by = { digest, minCharacters, namesOnly, past: (name: string, of: string) => past.get(name, of) }
        last = { found, namesOnly, secrets: secretsOf(found, by) }
      }
      const before = published
      published = last.secrets.published.join('\n')
      if (published !== before && published !== '') options.onPublished?.(last.secrets.published)
      return last.secrets
    },
  }
}

function areSame(before: SecretsFile[], now: SecretsFile[]): boolean {
  return before.length === now.length && before.every((file, at) => file === now[at])
}

/** The program sops where it is installed, else ourselves. An identity that others can read is used by neither. */
export async function findOpener({
  env,
  ageKeyFile,
  namesSuffice = false,
}: IdentitySources & { namesSuffice?: boolean }): Promise<Opener> {
  try {
    const identities = await findIdentities({ env, ...(ageKeyFile === undefined ? {} : { ageKeyFile }) })
    if (namesSuffice && identities.keys.length === 0) return { by: 'names' }
    const program = await findSopsProgram(env, ageKeyFile)
    return program === undefined ? { by: 'us', identities } : { by: 'program', program, identities }
  } catch (problem) {
    if (!(problem instanceof SecretsError)) throw problem
    return { by: 'nobody', problem }
  }
}
