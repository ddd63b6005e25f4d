// A file of secrets for tests, as `homeostat secrets set` would write it, for the identity of the fixtures.
import { parseDocument, stringify } from 'yaml'
import { encryptNew } from '../../src/secrets/encrypt-file.ts'
import type { SopsDocument } from '../../src/secrets/sops-file.ts'
import { identityOf } from './sops.ts'

/** Text of `secrets.sops.yaml` with these values; their names are the keys joined by `/`. */
export function secretsFile(values: Record<string, unknown>): Promise<string> {
  const rule = { recipients: [identityOf('identity').recipient], metadata: {} }
  return encryptNew(parseDocument(stringify(values)) as SopsDocument, rule, { format: 'yaml', now: new Date() })
}
