// Data as the text of somebody else's configuration file.
import { Scalar, stringify } from 'yaml'
import { refersToSecret, replaceSecrets } from '../model/secret-reference.ts'
import { durationMs } from './scalars.ts'

const HEADER = '# Written by Homeostat; a change made here is put back.\n'

/**
 * The same data gives the same bytes. Strings are quoted by the rules of YAML 1.1, which the Go programs still read:
 * a plain `no` would be a boolean there. A secret is put in so that it cannot be anything but a string, whatever it holds.
 */
export function yamlText(data: unknown): string {
  return HEADER + stringify(data, quoteSecrets, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}

/** In double quotes, JSON's escapes are YAML's. */
function quoteSecrets(_key: unknown, value: unknown): unknown {
  if (typeof value !== 'string' || !refersToSecret(value)) return value
  const quoted = new Scalar(
    replaceSecrets(value, (it) => (it.encoding === undefined ? `\${secret:${it.name}|json}` : it.text)),
  )
  quoted.type = Scalar.QUOTE_DOUBLE
  return quoted
}

/** A duration as Go's own parser reads it, which ends at hours: `7d` is refused there (pkg.go.dev/time#ParseDuration). */
export function goDuration(text: string): string {
  return text.endsWith('d') ? `${durationMs(text) / 3_600_000}h` : text
}
