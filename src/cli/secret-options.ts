// The option of every verb that decrypts: whose identity is used instead of the ones that SOPS would find.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Composition, SecretSources } from './composition.ts'

export interface SecretFlags {
  ageKey?: string
}

export function addSecretOptions(command: Command): Command {
  return command.option(
    '--age-key <file>',
    'age identity for SOPS files [SOPS_AGE_KEY_FILE, SOPS_AGE_KEY, ~/.config/sops/age/keys.txt]',
  )
}

export function secretSources({ ageKey }: SecretFlags, { env }: Pick<Composition, 'env'>): SecretSources {
  // The program sops is started in the folder of its file.
  return { env, ...(ageKey === undefined ? {} : { ageKeyFile: resolve(ageKey) }) }
}
