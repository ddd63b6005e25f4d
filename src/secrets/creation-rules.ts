// For whom a new SOPS file is encrypted: the first rule of .sops.yaml whose path_regex fits, as the program sops has it.
// Source: config/config.go of getsops/sops 3.13.
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { RULE_FIELDS } from './encryption-rule.ts'
import { matches } from './pattern.ts'
import { SecretsError } from './secrets-error.ts'
import { parsePlain } from './sops-file.ts'
import { SopsFileError } from './sops-file-error.ts'

export interface CreationRule {
  /** age recipients. */
  recipients: string[]
  /** Fields for the metadata of the file: which values are encrypted, and what the MAC covers. */
  metadata: Record<string, string | boolean>
}

const CONFIG = '.sops.yaml'
/** As far up as SOPS looks. */
const MAX_DEPTH = 100
const BEYOND_US = ['key_groups', 'kms', 'pgp', 'gcp_kms', 'hckms', 'azure_keyvault', 'hc_vault_transit_uri']

/** The rule for a file that is to be written. Throws `SecretsError` where there is none, or none that we can follow. */
export async function creationRule(path: string): Promise<CreationRule> {
  const config = await findConfig(path)
  if (config === undefined) {
    throw new SecretsError(
      'recipient',
      `there is no ${CONFIG} in ${dirname(path)} or above, so it is not known for whom to encrypt ${path}`,
    )
  }
  const name = relative(dirname(config.path), path)
  const rule = rulesOf(config).find(({ path_regex: regex }) => regex === undefined || fits(regex, name, config.path))
  if (rule === undefined) throw new SecretsError('recipient', `no creation rule of ${config.path} fits ${name}`)
  const beyond = BEYOND_US.find((field) => rule[field] !== undefined)
  if (beyond !== undefined) {
    throw new SecretsError(
      'form',
      `the creation rule of ${config.path} for ${name} has ${beyond}, which the program sops is needed for`,
    )
  }
  const recipients = recipientsOf(rule.age)
  if (recipients.length === 0)
    throw new SecretsError('recipient', `the creation rule of ${config.path} for ${name} names no age recipient`)
  return { recipients, metadata: metadataOf(rule) }
}

/** The `.sops.yaml` that counts for a file; undefined where there is none. Throws `SecretsError` where it cannot be read. */
export async function findConfig(path: string): Promise<{ path: string; text: string } | undefined> {
  let directory = dirname(path)
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const config = join(directory, CONFIG)
    const text = await readFile(config, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw new SecretsError('recipient', `${config} cannot be read (${error.code})`, error)
    })
    if (text !== undefined) return { path: config, text }
    if (directory === dirname(directory)) return undefined
    directory = dirname(directory)
  }
  return undefined
}

type Rule = Record<string, unknown>

function rulesOf({ path, text }: { path: string; text: string }): Rule[] {
  try {
    const { creation_rules: rules } = parsePlain(text).toJS() as { creation_rules?: unknown }
    if (Array.isArray(rules)) return rules.filter((rule): rule is Rule => typeof rule === 'object' && rule !== null)
  } catch (error) {
    if (!(error instanceof SopsFileError)) throw error
    throw new SecretsError('form', `${path}: ${error.message}`, error)
  }
  throw new SecretsError('form', `${path} has no creation_rules`)
}

function fits(regex: unknown, name: string, config: string): boolean {
  const found = matches(String(regex), name, '')
  if (found === 'malformed')
    throw new SecretsError('form', `a path_regex of ${config} is no pattern that can be read without the program sops`)
  if (found === 'too-hard')
    throw new SecretsError('form', `a path_regex of ${config} needs too much time on ${name}, and was stopped`)
  return found === 'yes'
}

function recipientsOf(age: unknown): string[] {
  const words = Array.isArray(age) ? age.map(String) : typeof age === 'string' ? age.split(',') : []
  return [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))]
}

function metadataOf(rule: Rule): CreationRule['metadata'] {
  const fields = RULE_FIELDS.flatMap((field) =>
    typeof rule[field] === 'string' && rule[field] !== '' ? [[field, rule[field]] as const] : [],
  )
  const kept = fields.length > 0 ? fields : [['unencrypted_suffix', '_unencrypted'] as const]
  return { ...Object.fromEntries(kept), ...(rule.mac_only_encrypted === true ? { mac_only_encrypted: true } : {}) }
}
