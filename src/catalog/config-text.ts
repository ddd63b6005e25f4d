// Data as the YAML text of somebody else's configuration file.
import { stringify } from 'yaml'

const HEADER = '# Written by Homeostat; a change made here is put back.\n'

/**
 * The same data gives the same bytes. Strings are quoted by the rules of YAML 1.1, which the Go programs still read:
 * a plain `no` would be a boolean there.
 */
export function yamlText(data: unknown): string {
  return HEADER + stringify(data, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}
