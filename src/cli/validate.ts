// `homeostat validate`: everything that is wrong in a desired-state directory, at once, touching nothing.
import { type Command, Option } from 'commander'
import type { DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import { publishedWarning } from '../secrets/published-key.ts'
import type { SecretReader } from '../secrets/secret-reader.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Composition } from './composition.ts'
import { exitCodes } from './exit.ts'
import { issueText } from './issue-text.ts'
import { serialize } from './output.ts'
import { addSecretOptions, type SecretFlags, secretSources } from './secret-options.ts'
import { verbSummaries } from './verbs.ts'

type Format = 'text' | 'json' | 'yaml'

export function register(program: Command, composition: Composition): void {
  addSecretOptions(program.command('validate [DIR]'))
    .summary(verbSummaries.validate as string)
    .description(
      'Report every problem in the desired state, with its place and what was expected. No host is reached.\n' +
        'Secrets are decrypted where there is an age identity; without one only their names are checked.\n' +
        'Exit code 0: no problem; 1: problems; 2: the directory cannot be read.',
    )
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml']).default('text'))
    .addHelpText('after', '\nExamples:\n  homeostat validate\n  homeostat validate desired-state -o json')
    .action(async (dir: string | undefined, { output, ...flags }: { output: Format } & SecretFlags) => {
      const directory = composition.desiredStateDir(dir)
      const sources = secretSources(flags, composition)
      const reader = await composition.openSecrets(sources, { namesSuffice: true })
      const validation = await validateDirectory(directory, reader)
      if (output === 'text') printText(composition, directory, validation)
      else composition.terminal.out(await serialize(output, documentOf(directory, validation)))
      if (validation.issues.length > 0) composition.exit(exitCodes.problems)
    })
}

export interface Validation {
  desired: DesiredState
  /** In the order of files and lines. */
  issues: Issue[]
  /** Texts of all files by relative path. */
  files: Record<string, string>
  /** False where of the secrets only the names could be checked. */
  isDecrypted: boolean
  /** Files whose secrets everybody can read. */
  published: string[]
}

/** Reads, checks and renders everything in the directory. Rejects with `CliError` when it cannot be read. */
export async function validateDirectory(directory: string, reader: SecretReader): Promise<Validation> {
  const { mustReadWritten } = await import('./read-written.ts')
  const { files, desired } = await mustReadWritten(directory)
  const secrets = await reader.read(desired.files)
  const rendering = await renderingIssues(desired, secrets)
  const issues = [...desired.issues, ...secrets.issues, ...rendering].sort(byPlace)
  return { desired, files, issues, isDecrypted: secrets.isDecrypted, published: secrets.published }
}

/** What only shows when every component is rendered for every host of its own. */
async function renderingIssues(desired: DesiredState, { find }: Secrets): Promise<Issue[]> {
  // Without the manifest that is there but has problems, most of what rendering says would be wrong.
  if (desired.manifest === undefined && desired.issues.length > 0) return []
  const { desire } = await import('../controller/desire.ts')
  const { placeIssue } = await import('../spec/place-issue.ts')
  const { catalog } = await import('../catalog/registry.ts')
  const issues = desire(desired, catalog, find).issues.map((issue) =>
    placeIssue(issue, desired.files[issue.file] ?? ''),
  )
  // A component on many hosts has the same problem on each.
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()]
}

function byPlace(one: Issue, other: Issue): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.line - other.line || one.column - other.column
}

function printText({ terminal, cwd }: Composition, directory: string, validation: Validation): void {
  const { desired, issues, files, isDecrypted, published } = validation
  const textOf = (file: string) => (Object.hasOwn(files, file) ? files[file] : undefined)
  for (const issue of issues) terminal.out(issueText(issue, { terminal, directory, cwd, textOf }))
  if (!isDecrypted) terminal.err('no age identity was found: of the secrets only the names were checked\n')
  if (published.length > 0) terminal.err(`${publishedWarning(published)}\n`)
  if (issues.length === 0) {
    const components = Object.keys(desired.components).length
    const hosts = Object.keys(desired.hosts).length
    terminal.out(`no problems: ${count(components, 'component')} on ${count(hosts, 'host')}\n`)
  } else {
    const broken = new Set(issues.map(({ file }) => file)).size
    terminal.err(`${count(issues.length, 'problem')} in ${count(broken, 'file')}\n`)
  }
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`
}

function documentOf(directory: string, { desired, issues, published }: Validation): Record<string, unknown> {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Validation',
    directory,
    valid: issues.length === 0,
    components: Object.keys(desired.components),
    hosts: Object.keys(desired.hosts),
    issues,
    publishedSecrets: published,
  }
}
