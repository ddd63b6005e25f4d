// `homeostat enable` and `disable`: one word of the YAML, in place.
import { readFile, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { catalog } from '../catalog/registry.ts'
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import { saveFile } from '../source/save-file.ts'
import { readDesiredState } from '../spec/desired-state.ts'
import { setEnabled } from '../spec/set-enabled.ts'
import { nearest } from '../spec/suggest.ts'
import { positionsOf } from '../spec/text-positions.ts'
import type { Composition, Verb } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { commitFiles, hasChanges, mustBeCommitted } from './git.ts'
import { readWritten } from './read-written.ts'
import { verbSummaries } from './verbs.ts'

interface Flags {
  commit?: boolean
}

type Word = 'enable' | 'disable'

const described: Record<Word, string> = {
  enable: 'It is deployed as soon as a controller sees that, and what it depends on is healthy.',
  disable: 'It is removed from its hosts, with all that it owns there, as soon as a controller sees that.',
}

/** The verb of that name. */
export function enabledVerb(word: Word): Verb {
  return {
    register: (program: Command, composition: Composition) => {
      program
        .command(`${word} <component> [DIR]`)
        .summary(verbSummaries[word] as string)
        .description(
          `Write \`enabled: ${word === 'enable'}\` into the YAML of a component, and change nothing else there: comments, layout, other documents.\n` +
            `${described[word]}\nExit code 0: it says so now, or did already; 1: it did already, and that is not committed; 2: nothing was changed.`,
        )
        .option('--commit', 'commit that file with Git, and nothing besides; refused where it has other changes')
        .addHelpText('after', `\nExample:\n  homeostat ${word} grafana --commit`)
        .action((component: string, dir: string | undefined, flags: Flags) =>
          write(word, component, composition.desiredStateDir(dir), flags, composition),
        )
    },
  }
}

async function write(word: Word, name: string, directory: string, { commit = false }: Flags, composition: Composition) {
  const { terminal, cwd } = composition
  const { files, problems, desired } = await readWritten(directory)
  const spec = findComponent(name, desired)
  const path = await realpath(join(directory, spec.file))
  const shown = relative(cwd, path).startsWith('..') ? path : relative(cwd, path)
  const before = files[spec.file] ?? ''
  const after = edited(before, spec, word, shown)
  if (after === before) {
    terminal.out(`${name} is ${word}d already, in ${shown}\n`)
    if (commit && (await hasChanges(path))) {
      terminal.err(`${shown} has changes that are not committed; they are left for you to commit\n`)
      composition.exit(exitCodes.problems)
    }
    return
  }
  mustMeanJustThat(desired, readDesiredState({ ...files, [spec.file]: after }, {}, catalog, problems).desired, name)
  if (commit) await mustBeCommitted(path)
  if ((await readFile(path, 'utf8')) !== before)
    throw new CliError(`${shown} was changed meanwhile; nothing is written`)
  await saveFile(path, after)
  const committed = commit ? await commitOrPutBack(path, `${word} ${name}`, { before, after }) : undefined
  terminal.out(`${name} is ${word}d in ${shown}${committed === undefined ? '' : `, commit ${committed}`}\n`)
  for (const line of consequences(word, spec, desired)) terminal.err(`${line}\n`)
}

/** The component, in a file that can be changed. Throws `CliError`. */
export function findComponent(name: string, { components, issues, broken }: DesiredState): ComponentSpec {
  const spec = components[name]
  if (spec !== undefined && !broken.includes(spec.file)) return spec
  const issue = issues.find(({ file }) => file === (spec?.file ?? file))
  const where = issue === undefined ? '' : `${issue.file}:${issue.line}:${issue.column} ${issue.message}`
  if (spec !== undefined) throw new CliError(`${spec.file} has problems, and is not changed: ${where}`)
  const meant = nearest(name, Object.keys(components))
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  const perhaps = issue === undefined ? '' : `. It may be in what cannot be read: ${where}`
  throw new CliError(`the desired state has no component ${JSON.stringify(name)}${hint}${perhaps}`)
}

function edited(text: string, { name }: ComponentSpec, word: Word, shown: string): string {
  const edit = setEnabled(text, name, word === 'enable')
  if ('text' in edit) return edit.text
  const { line, column } = positionsOf(text)(edit.offset)
  throw new CliError(`${shown}:${line}:${column} ${edit.problem}; nothing is written`)
}

/** That the text came out as it was meant is looked at, and not believed. */
function mustMeanJustThat(before: DesiredState, after: DesiredState, name: string): void {
  const meaning = ({ components, hosts, manifest }: DesiredState) => {
    const others = Object.values(components).map(({ line: _, ...spec }) =>
      spec.name === name ? { ...spec, enabled: undefined } : spec,
    )
    return JSON.stringify([others, hosts, manifest])
  }
  if (meaning(before) !== meaning(after) || before.components[name]?.enabled === after.components[name]?.enabled)
    throw new CliError(`the file of ${name} is written in a way that cannot be changed safely: change it by hand`)
}

async function commitOrPutBack(path: string, message: string, { before, after }: { before: string; after: string }) {
  try {
    return await commitFiles([path], message)
  } catch (error) {
    // A hook that refuses it may have changed the file itself: then that is not undone.
    const isOurs = (await readFile(path, 'utf8').catch(() => '')) === after
    if (isOurs) await saveFile(path, before)
    const now = isOurs ? 'the file is as it was' : `${path} was changed meanwhile, and is left as it is`
    throw error instanceof CliError ? new CliError(`${error.message}\nNothing is committed; ${now}`) : error
  }
}

function consequences(word: Word, spec: ComponentSpec, { components }: DesiredState): string[] {
  const { name, policy, hosts } = spec
  if (word === 'enable') {
    const missing = policy.dependsOn.filter(({ component, soft }) => !soft && components[component]?.enabled === false)
    return missing.map(
      ({ component }) => `it needs ${component}, which is disabled: it waits until that is enabled and healthy`,
    )
  }
  const needing = Object.values(components).filter(
    (it) => it.enabled && it.policy.dependsOn.some((need) => need.component === name && !need.soft),
  )
  if (needing.length === 0)
    return spec.external ? [] : [`it is removed from ${hosts.join(', ')}, with all that it owns there`]
  const names = needing.map((it) => it.name).join(', ')
  return [
    `needed by ${names}: it stays on its hosts until nothing needs it any more; until it is enabled again, they get nothing new`,
  ]
}
