// `homeostat adopt COMPONENT[@HOST] [DIR]`: what was changed on a host becomes what is written.
import { readFile, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { type Adoption, adoptChange } from '../catalog/custom-adoption.ts'
import type { CustomOptions } from '../catalog/custom-options.ts'
import { catalog } from '../catalog/registry.ts'
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import { escapeControl } from '../model/escape-control.ts'
import { splitKey } from '../model/key.ts'
import { unifiedDiff } from '../plan/unified-diff.ts'
import { saveFile } from '../source/save-file.ts'
import { readDesiredState } from '../spec/desired-state.ts'
import { editField } from '../spec/edit-field.ts'
import type { Composition, PlannedComponent } from './composition.ts'
import { findComponent } from './enabled.ts'
import { CliError, exitCodes } from './exit.ts'
import { commitFiles, mustBeCommitted } from './git.ts'
import { planOptions } from './plan-options.ts'
import { readWritten } from './read-written.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
import { addSshOptions, type SshFlags } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

interface Flags extends SshFlags, SecretFlags {
  write?: boolean
  commit?: boolean
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('adopt <component> [DIR]'), composition))
    .summary(verbSummaries.adopt as string)
    .description(
      'Show how the YAML would have to be for what is on the host now to be what is wanted, and with --write change it so: comments, layout and everything else stay.\n' +
        'Only for components of the type custom: what other types put on a host follows from their options. A secret is never taken over.\n' +
        'Exit code 0: nothing differs, or all of it is written; 1: something is left to do, and told; 2: nothing could be looked at or written.',
    )
    .option('--write', 'write it')
    .option('--commit', 'write it, and commit what was changed with Git, in one commit, and nothing besides')
    .addHelpText('after', '\nExample:\n  homeostat adopt web@web-1\n  homeostat adopt web@web-1 --write')
    .action((name: string, dir: string | undefined, flags: Flags) =>
      adopt(name, composition.desiredStateDir(dir), flags, composition),
    )
}

async function adopt(name: string, directory: string, flags: Flags, composition: Composition): Promise<void> {
  const { terminal } = composition
  const { files, problems, desired } = await readWritten(directory)
  const read = (texts: Record<string, string>) => readDesiredState(texts, {}, catalog, problems).desired
  const spec = findComponent(name.split('@')[0] ?? '', desired)
  const found = await driftOf(name, directory, flags, composition)
  if (found === undefined) {
    terminal.out(`${name}: nothing differs now; what was put back already is in: homeostat describe ${name}\n`)
    return
  }
  const { adoptions, refused } = adoptionsOf(spec, found)
  const after = edited(files, spec, adoptions)
  mustMeanJustThat(desired, read(after), spec, adoptions)
  const changed = Object.keys(after)
    .filter((file) => after[file] !== files[file])
    .sort()
  for (const file of changed) terminal.out(shownDiff(file, files[file] ?? '', after[file] ?? ''))
  for (const line of refused) terminal.err(escapeControl(`${found.key}: not adopted: ${line}`).concat('\n'))
  if (refused.length > 0) composition.exit(exitCodes.problems)
  if (changed.length === 0) return
  if (refused.length > 0)
    terminal.err('what is not adopted is put back once the rest is written: a new revision is brought about whole\n')
  const others = spec.hosts.filter((one) => one !== splitKey(found.key).host)
  if (others.length > 0) terminal.err(`it is written for ${others.join(', ')} too\n`)
  if (flags.write !== true && flags.commit !== true) {
    terminal.err('nothing is written: --write does it\n')
    return composition.exit(exitCodes.problems)
  }
  const saving = { message: `adopt ${found.key}`, commit: flags.commit === true, composition }
  await save(directory, changed, { before: files, after }, saving)
}

/** What differs now on the one host that is meant; undefined where nothing does. Throws `CliError` where that cannot be told. */
async function driftOf(name: string, directory: string, flags: Flags, composition: Composition) {
  const [component = '', host] = name.split('@')
  const { components } = await composition.planLive({
    ...planOptions(directory, flags, composition),
    only: { component, ...(host === undefined ? {} : { host }) },
  })
  if (components.length === 0) throw new CliError(`${name} is on no host of the desired state`)
  const unseen = components.find(({ problem }) => problem !== undefined)
  if (unseen !== undefined) throw new CliError(`${unseen.key} cannot be told: ${unseen.problem}`)
  const differing = components.filter(({ changes = [] }) => changes.length > 0)
  if (differing.length > 1)
    throw new CliError(`it differs on several hosts; name one: ${differing.map(({ key }) => key).join(', ')}`)
  return differing[0]
}

function adoptionsOf(
  { type, options }: ComponentSpec,
  { changes = [], found = {} }: PlannedComponent,
): { adoptions: Adoption[]; refused: string[] } {
  const rendered = `it follows from the options of the type ${type}; change these, or let it be put back`
  if (type !== 'custom') return { adoptions: [], refused: changes.map(({ resource }) => `${resource}: ${rendered}`) }
  const parts = changes.map((change) => {
    const text = found[change.resource.slice('file:'.length)]
    const { adoptions, refused } = adoptChange(options as CustomOptions, change, text)
    return { adoptions, refused: refused.map((line) => `${change.resource} ${line}`) }
  })
  return { adoptions: parts.flatMap((part) => part.adoptions), refused: parts.flatMap((part) => part.refused) }
}

function edited(files: Record<string, string>, spec: ComponentSpec, adoptions: Adoption[]): Record<string, string> {
  const after = { ...files }
  for (const adoption of adoptions) {
    if ('file' in adoption) {
      after[adoption.file] = adoption.text
      continue
    }
    const path = ['spec', 'options', ...adoption.path]
    const edit = editField(after[spec.file] ?? '', spec.name, path, adoption.value)
    if ('problem' in edit) throw new CliError(`${spec.file}: ${edit.problem}; nothing is written`)
    after[spec.file] = edit.text
  }
  return after
}

/** That the text came out as it was meant is looked at, and not believed. */
function mustMeanJustThat(
  before: DesiredState,
  after: DesiredState,
  { name }: ComponentSpec,
  adoptions: Adoption[],
): void {
  const wanted = structuredClone(before.components)
  for (const adoption of adoptions) if ('path' in adoption) setIn(wanted[name]?.options, adoption)
  const meaning = (components: DesiredState['components']) =>
    JSON.stringify(Object.values(components).map(({ line: _, options, ...spec }) => [spec, sorted(options)]))
  if (after.issues.length > before.issues.length || meaning(wanted) !== meaning(after.components))
    throw new CliError(`the file of ${name} is written in a way that cannot be changed safely: change it by hand`)
}

/** In which order fields are written means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)])
}

function setIn(options: unknown, { path, value }: Extract<Adoption, { path: unknown }>): void {
  const around = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], options)
  Object.assign(around as object, { [String(path.at(-1))]: value })
}

function shownDiff(file: string, before: string, after: string): string {
  return escapeControl(`--- ${file}\n+++ ${file}\n${unifiedDiff(before, after)}`, { keep: '\n\t' })
}

interface Saving {
  message: string
  commit: boolean
  composition: Composition
}

async function save(
  directory: string,
  changed: string[],
  { before, after }: Record<'before' | 'after', Record<string, string>>,
  { message, commit, composition }: Saving,
): Promise<void> {
  const { terminal, cwd } = composition
  const saved = changed.map(async (file) => ({ file, path: await realpath(join(directory, file)) }))
  const places = await Promise.all(saved)
  for (const { file, path } of places) {
    if (commit) await mustBeCommitted(path)
    if ((await readFile(path, 'utf8')) !== before[file])
      throw new CliError(`${path} was changed meanwhile; nothing is written`)
  }
  for (const { file, path } of places) {
    await saveFile(path, after[file] ?? '')
    const shown = relative(cwd, path).startsWith('..') ? path : relative(cwd, path)
    terminal.out(`written: ${shown}\n`)
  }
  const [first, ...others] = places.map(({ path }) => path)
  if (commit && first !== undefined) terminal.out(`commit ${await commitFiles([first, ...others], message)}\n`)
}
