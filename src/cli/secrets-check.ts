// `homeostat secrets check`: every secret that is needed or there, by whom it is used, and whether it can be had.

import { catalog } from '../catalog/registry.ts'
import { desire } from '../controller/desire.ts'
import type { DesiredState } from '../model/desired.ts'
import { splitKey } from '../model/key.ts'
import { secretReferences } from '../model/secret-reference.ts'
import { canonicalJson } from '../plan/canonical.ts'
import { publishedWarning } from '../secrets/published-key.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Composition } from './composition.ts'
import { exitCodes } from './exit.ts'
import { issueText } from './issue-text.ts'
import { serialize } from './output.ts'
import { mustReadWritten } from './read-written.ts'
import { type SecretFlags, secretSources } from './secret-options.ts'
import { type Column, table } from './table.ts'

interface SecretRow {
  name: string
  /** Empty where it is missing. */
  file: string
  /** Components that refer to it, sorted. */
  usedBy: string[]
  state: 'good' | 'unused' | 'missing' | 'unusable' | 'published'
  /** Why it cannot be used; undefined where it can. */
  problem?: string
}

export async function checkSecrets(
  flags: SecretFlags & { dir?: string; output: 'table' | 'json' | 'yaml' },
  composition: Composition,
): Promise<void> {
  const { terminal, exit, cwd } = composition
  const directory = composition.desiredStateDir(flags.dir)
  const { desired } = await mustReadWritten(directory)
  const reader = await composition.openSecrets(secretSources(flags, composition))
  const secrets = await reader.read(desired.files)
  const rows = rowsOf(secrets, usersOf(desired))
  if (flags.output === 'table') {
    terminal.out(table(columns, rows, terminal))
    for (const issue of secrets.issues)
      terminal.err(issueText(issue, { terminal, directory, cwd, textOf: () => undefined }))
    if (secrets.published.length > 0) terminal.err(`${publishedWarning(secrets.published)}\n`)
  } else terminal.out(await serialize(flags.output, documentOf(rows, secrets)))
  const isBad = ({ usedBy, problem }: SecretRow) => usedBy.length > 0 && problem !== undefined
  if (secrets.issues.length > 0 || rows.some(isBad)) exit(exitCodes.problems)
}

/** By name of a secret, the components that refer to it, those that are disabled too. */
function usersOf(state: DesiredState): Map<string, Set<string>> {
  const components = Object.entries(state.components).map(([name, spec]) => [name, { ...spec, enabled: true }])
  const everything = { ...state, components: Object.fromEntries(components) as DesiredState['components'] }
  const { wishes } = desire(everything, catalog, () => ({ digest: '0'.repeat(16) }))
  const users = new Map<string, Set<string>>()
  for (const [key, wish] of wishes) {
    const text = wish.kind === 'deploy' ? canonicalJson(wish.target) : ''
    for (const { name } of secretReferences(text))
      if (name !== undefined) users.set(name, (users.get(name) ?? new Set()).add(splitKey(key).component))
  }
  return users
}

function rowsOf(secrets: Secrets, users: Map<string, Set<string>>): SecretRow[] {
  const files = new Map(secrets.entries.map(({ name, file }) => [name, file]))
  const names = [...new Set([...files.keys(), ...users.keys()])].sort()
  return names.map((name) => {
    const found = secrets.find(name)
    const usedBy = [...(users.get(name) ?? [])].sort()
    const file = files.get(name) ?? ''
    const row = { name, file, usedBy }
    if ('problem' in found) return { ...row, state: file === '' ? 'missing' : 'unusable', problem: found.problem }
    return { ...row, state: secrets.published.includes(file) ? 'published' : usedBy.length > 0 ? 'good' : 'unused' }
  })
}

const columns: Column<SecretRow>[] = [
  { heading: 'SECRET', cell: ({ name }) => name },
  { heading: 'FILE', cell: ({ file }) => file || '-' },
  { heading: 'USED BY', cell: ({ usedBy }) => usedBy.join(', ') || '-' },
  {
    heading: 'STATE',
    cell: ({ state }) => state,
    color: ({ usedBy, state, problem }) =>
      state === 'published' ? 'yellow' : problem !== undefined && usedBy.length > 0 ? 'red' : undefined,
  },
  { heading: 'MESSAGE', cell: ({ state, problem = '' }) => (state === 'published' ? 'known to everybody' : problem) },
]

function documentOf(rows: SecretRow[], { issues, published }: Secrets): Record<string, unknown> {
  return { apiVersion: 'homeostat/v1', kind: 'SecretsCheck', secrets: rows, issues, published }
}
