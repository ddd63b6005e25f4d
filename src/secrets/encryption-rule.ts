// Which values of a SOPS file are encrypted: all, unless the file's metadata name a suffix or pattern of keys.
// Source: shouldBeEncrypted in sops.go of getsops/sops 3.13.
import { matches } from './pattern.ts'
import { SopsFileError } from './sops-file-error.ts'

/** Fields of the metadata, of which a file has one at most. */
export const RULE_FIELDS = ['unencrypted_suffix', 'encrypted_suffix', 'unencrypted_regex', 'encrypted_regex'] as const
const COMMENT_FIELDS = ['unencrypted_comment_regex', 'encrypted_comment_regex'] as const

export interface EncryptionRule {
  /** As it stands in the metadata. */
  field: (typeof RULE_FIELDS)[number]
  value: string
  /** Whether a value below these keys is encrypted. */
  encrypts(keys: readonly string[]): boolean
}

/** The rule that these fields say; `get` gives the empty text for a field that is not there. Throws `SopsFileError`. */
export function encryptionRule(get: (field: string) => string): EncryptionRule {
  const comments = COMMENT_FIELDS.find((field) => get(field) !== '')
  if (comments !== undefined) throw new SopsFileError(`${comments} can be read by the program sops only`)
  const [field = 'unencrypted_suffix', second] = RULE_FIELDS.filter((name) => get(name) !== '')
  if (second !== undefined) throw new SopsFileError(`expected one of ${field} and ${second}, found both`)
  const value = get(field) || '_unencrypted'
  const matches = field.endsWith('_regex') ? matcher(field, value) : (key: string) => key.endsWith(value)
  const matchesAny = (keys: readonly string[]) => keys.some(matches)
  return { field, value, encrypts: field.startsWith('un') ? (keys) => !matchesAny(keys) : matchesAny }
}

/** SOPS takes Go's patterns; those in use are the same in JavaScript but for flags written at the beginning. */
function matcher(field: string, pattern: string): (key: string) => boolean {
  const [, flags = '', rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? []
  const test = (key: string): boolean => {
    const found = matches(rest, key, flags)
    if (found === 'malformed')
      throw new SopsFileError(`${field} is a pattern that can be read by the program sops only`)
    if (found === 'too-hard')
      throw new SopsFileError(`${field} is a pattern that needs too much time on a key of this file, and was stopped`)
    return found === 'yes'
  }
  test('')
  return test
}
