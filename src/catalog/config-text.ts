// Data as the text of somebody else's configuration file.
import { stringify } from 'yaml'
import { durationMs } from './scalars.ts'

const HEADER = '# Written by Homeostat; a change made here is put back.\n'

/**
 * The same data gives the same bytes. Strings are quoted by the rules of YAML 1.1, which the Go programs still read:
 * a plain `no` would be a boolean there.
 */
export function yamlText(data: unknown): string {
  return HEADER + stringify(data, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}

/** A duration as Go's own parser reads it, which ends at hours: `7d` is refused there (pkg.go.dev/time#ParseDuration). */
export function goDuration(text: string): string {
  return text.endsWith('d') ? `${durationMs(text) / 3_600_000}h` : text
}
