// The age identities of whoever runs this: where they are looked for, and that nobody else can read them.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretsError } from './secrets-error.ts'

export interface IdentitySources {
  /** `--age-key`; then nothing else is looked at. */
  ageKeyFile?: string
  env: Readonly<Record<string, string | undefined>>
}

export interface Identities {
  /** `AGE-SECRET-KEY-…`, of all sources. */
  keys: string[]
  /** Where they were looked for, for messages. */
  from: string
}

/** More than anybody's keys; a larger file is something else. */
const MAX_BYTES = 65_536

/**
 * The identities of SOPS_AGE_KEY, SOPS_AGE_KEY_FILE and ~/.config/sops/age/keys.txt together, as the program sops takes them.
 * Without any, `keys` is empty. Throws `SecretsError` for a file that is named and cannot be read, and for one that others can read.
 */
export async function findIdentities({ ageKeyFile, env }: IdentitySources): Promise<Identities> {
  if (ageKeyFile !== undefined) return { keys: await readKeys(ageKeyFile), from: ageKeyFile }
  const fallback = defaultKeyFile(env)
  const named = env.SOPS_AGE_KEY_FILE
  const found = [
    ...(env.SOPS_AGE_KEY ? [parseKeys(env.SOPS_AGE_KEY)] : []),
    ...(named ? [await readKeys(named)] : []),
    ...(fallback === undefined || fallback === named ? [] : [await readKeys(fallback, { mayBeAbsent: true })]),
  ]
  const from = ['SOPS_AGE_KEY', named || 'SOPS_AGE_KEY_FILE', ...(fallback === undefined ? [] : [fallback])]
  return { keys: found.flat(), from: from.join(', ') }
}

/** `~/.config/sops/age/keys.txt`; undefined where there is no home. */
export function defaultKeyFile({ XDG_CONFIG_HOME, HOME }: IdentitySources['env']): string | undefined {
  const config = XDG_CONFIG_HOME || (HOME ? join(HOME, '.config') : undefined)
  return config === undefined ? undefined : join(config, 'sops/age/keys.txt')
}

async function readKeys(path: string, { mayBeAbsent = false } = {}): Promise<string[]> {
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const { mode, size } = await handle.stat()
    if ((mode & 0o077) !== 0) throw new SecretsError('identity', othersCanRead(path, mode))
    if (size > MAX_BYTES)
      throw new SecretsError('identity', `the age identity ${path} is larger than ${MAX_BYTES} bytes`)
    return parseKeys(await handle.readFile('utf8'))
  } catch (error) {
    if (error instanceof SecretsError) throw error
    const { code = 'error' } = error as NodeJS.ErrnoException
    if (mayBeAbsent && (code === 'ENOENT' || code === 'ENOTDIR')) return []
    throw new SecretsError('identity', `the age identity ${path} cannot be read (${code})`, error)
  }
}

function othersCanRead(path: string, mode: number): string {
  const bits = (mode & 0o777).toString(8).padStart(4, '0')
  return `the age identity ${path} can be read by others (mode ${bits}), so it is not used; run: chmod 600 ${path}`
}

/** Plugin and SSH identities among them are for the program sops. */
function parseKeys(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => /^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+$/.test(word))
}
