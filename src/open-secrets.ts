// The secrets of a process: read with the identity it was given, known to its redactor before anybody else sees them. Beside
// `main.ts` because it looks at files and the environment.
import type { SecretSources } from './cli/composition.ts'
import { digestKey } from './secrets/digest-key.ts'
import { createSecretReader, type SecretReader } from './secrets/secret-reader.ts'
import { createRedactor, MIN_SECRET_CHARACTERS, type Redactor } from './telemetry/redactor.ts'

interface Opening {
  stateDir: string
  /** Keep a new key for digests in the state directory: for the controller, which has it to itself. Default false. */
  isOwner?: boolean
  /** Learns every value. */
  redactor?: Redactor
  namesSuffice?: boolean
  /** Hears which files everybody can read. */
  onPublished?: (files: string[]) => void
}

export async function openSecrets(sources: SecretSources, opening: Opening): Promise<SecretReader> {
  const { stateDir, isOwner = false, redactor = createRedactor(), namesSuffice = false, onPublished } = opening
  return createSecretReader({
    ...sources,
    namesSuffice,
    ...(onPublished === undefined ? {} : { onPublished }),
    digestKey: await digestKey(stateDir, { create: isOwner }),
    onValue: (value) => void redactor.register(value),
    minCharacters: MIN_SECRET_CHARACTERS,
  })
}
