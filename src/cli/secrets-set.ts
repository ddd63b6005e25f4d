// `homeostat secrets set NAME`.
import { relative } from 'node:path'
import { isSecretName } from '../model/secret-reference.ts'
import { findOpener } from '../secrets/secret-reader.ts'
import { SecretsError } from '../secrets/secrets-error.ts'
import { setSecret } from '../secrets/set-secret.ts'
import { SopsFileError } from '../secrets/sops-file-error.ts'
import { directorySource } from '../source/directory.ts'
import { isSopsFile } from '../spec/document-file.ts'
import { MIN_SECRET_CHARACTERS } from '../telemetry/redactor.ts'
import type { Composition } from './composition.ts'
import { CliError } from './exit.ts'
import { type SecretFlags, secretSources } from './secret-options.ts'
import { readSecret } from './secret-prompt.ts'
import { secretsFile } from './secrets-file.ts'

export async function setOne(
  name: string,
  flags: SecretFlags & { dir?: string; file?: string },
  composition: Composition,
): Promise<void> {
  const { terminal, cwd, nowMs } = composition
  if (!isSecretName(name))
    throw new CliError(`${name}: expected keys of letters, digits, "_", "-" and ".", joined by "/"`)
  const directory = composition.desiredStateDir(flags.dir)
  const sources = secretSources(flags, composition)
  const { files } = await directorySource(directory).current()
  const reader = await composition.openSecrets({ env: {} }, { namesSuffice: true })
  const holding = (await reader.read(files)).entries.find((entry) => entry.name === name)?.file
  const path = secretsFile(directory, flags.file, { files: Object.keys(files).filter(isSopsFile), holding })
  const value = await readSecret(`${name}: `, terminal.err)
  if (value.length < MIN_SECRET_CHARACTERS)
    throw new CliError(`a secret needs ${MIN_SECRET_CHARACTERS} characters or more, or it cannot be kept out of logs`)
  try {
    const isNew = await setSecret(
      { path, keys: name.split('/'), value, now: new Date(nowMs()) },
      await findOpener(sources),
    )
    terminal.err(`${name} is set in ${relative(cwd, path)}${isNew ? ', a new file' : ''}\n`)
  } catch (error) {
    throw asCliError(error, path)
  }
}

/** What is wrong with a SOPS file, as the end of a command; anything else as it is. */
export function asCliError(error: unknown, path: string): unknown {
  const isExpected = error instanceof SecretsError || error instanceof SopsFileError
  return isExpected ? new CliError(`${path}: ${error.message}`, undefined, error) : error
}
