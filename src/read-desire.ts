// What is written in a desired-state directory and what it comes to on every host, for commands that look at hosts without a
// controller. Beside `main.ts` because it looks at files.
import { catalog } from './catalog/registry.ts'
import type { SecretSources } from './cli/composition.ts'
import { readWritten } from './cli/read-written.ts'
import { type Desire, desire } from './controller/desire.ts'
import type { DesiredState } from './model/desired.ts'
import { openSecrets } from './open-secrets.ts'
import type { Secrets } from './secrets/secrets.ts'
import { createRedactor, type Redactor } from './telemetry/redactor.ts'

export interface Read {
  desired: DesiredState
  wanted: Desire
  secrets: Secrets
  /** Knows every secret that could be decrypted. */
  redactor: Redactor
}

/** Never rejects for what stands there: that is among the issues. `evenDisabled`: as if every component were enabled. */
export async function readDesire(
  {
    desiredStateDir,
    secrets: sources,
    stateDir,
  }: { desiredStateDir: string; secrets: SecretSources; stateDir: string },
  { namesSuffice = false, evenDisabled = false } = {},
): Promise<Read> {
  const { desired } = await readWritten(desiredStateDir)
  const redactor = createRedactor()
  const reader = await openSecrets(sources, { stateDir, redactor, namesSuffice })
  const secrets = await reader.read(desired.files)
  const state = evenDisabled ? { ...desired, components: allEnabled(desired) } : desired
  return { desired, wanted: desire(state, catalog, secrets.find), secrets, redactor }
}

function allEnabled({ components }: DesiredState): DesiredState['components'] {
  return Object.fromEntries(Object.entries(components).map(([name, spec]) => [name, { ...spec, enabled: true }]))
}
