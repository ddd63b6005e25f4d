// `homeostat diff COMPONENT[@HOST] FROM [TO]`: what two generations have different, or one and what is written now.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { escapeControl } from '../model/escape-control.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { Target } from '../model/target.ts'
import { compareTargets, type TargetComparison } from '../plan/compare-targets.ts'
import type { ListingStore } from '../store/store.ts'
import type { Composition, Terminal } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { selectStatuses } from './select.ts'
import { shortRevision } from './state.ts'
import { table } from './table.ts'
import { verbSummaries } from './verbs.ts'
import { withReader } from './with-reader.ts'

export function register(program: Command, composition: Composition): void {
  program
    .command('diff <COMPONENT[@HOST]> <FROM> [TO]')
    .summary(verbSummaries.diff as string)
    .description(
      'Show what two generations of a component have different, by the numbers that `history` shows; with one number, that ' +
        'generation against what is written now. Secrets are shown as what stands for them. Exit 1 when they differ.',
    )
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExamples:\n  homeostat diff prometheus@monitoring 4 6\n  homeostat diff prometheus@monitoring 4',
    )
    .action((name: string, from: string, to: string | undefined, { output }: { output: 'text' | 'json' }) =>
      withReader(composition, (store) => diff(composition, store, { name, from, to, output })),
    )
}

interface Words {
  name: string
  from: string
  to: string | undefined
  output: 'text' | 'json'
}

async function diff(composition: Composition, store: ListingStore, { name, from, to, output }: Words): Promise<void> {
  const { rows } = await selectStatuses(store, [name])
  const [status, ...others] = rows
  if (status === undefined || others.length > 0)
    throw new CliError(`generations are counted on each host: name one, ${rows.map(({ key }) => key).join(' or ')}`)
  const sides = [await sideOf(store, status, numberOf(from)), await sideOf(store, status, numberOf(to))] as const
  const comparison = compareTargets(sides[0].target, sides[1].target)
  const isSame = comparison.files.length === 0 && comparison.fields.length === 0
  const { terminal } = composition
  if (output === 'json') {
    const named = { key: status.key, from: sides[0].name, to: sides[1].name }
    terminal.out(`${JSON.stringify({ ...named, ...comparison }, null, 2)}\n`)
  } else if (isSame) terminal.err(`${sides[0].name} and ${sides[1].name} of ${status.key} are the same\n`)
  else terminal.out(comparisonText(comparison, [sides[0].name, sides[1].name], terminal))
  if (!isSame) composition.exit(exitCodes.problems)
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError(`expected the number of a generation, not ${text}`)
  return Number(text)
}

interface Side {
  name: string
  target: Target
}

/** A generation, or what is written now. */
async function sideOf(store: ListingStore, status: ComponentStatus, number: number | undefined): Promise<Side> {
  const { key, generations = [], desired } = status
  const found = generations.find((it) => it.number === number)
  if (number !== undefined && found === undefined) {
    const known = generations.map((it) => it.number).join(', ') || 'none'
    throw new CliError(`there is no generation ${number} of ${key}; there are: ${known}`)
  }
  const revision = number === undefined ? desired : found?.revision
  const target = revision === undefined ? undefined : await store.target(revision)
  const name = number === undefined ? 'what is written' : `generation ${number}`
  if (target === undefined) throw new CliError(`${name} of ${key} is not in the store, so it cannot be compared`)
  return { name: `${name} (${shortRevision(revision)})`, target }
}

/** Files as `diff -u` shows them, the rest as a table below. */
export function comparisonText(
  { files, fields }: TargetComparison,
  [from, to]: [string, string],
  terminal: Pick<Terminal, 'color' | 'columns'>,
): string {
  const texts = files.map(({ path, diff }) => `--- ${path}\t${from}\n+++ ${path}\t${to}\n${diff}`)
  const rows = table(
    [
      { heading: 'WHAT', cell: ({ subject }) => subject },
      { heading: 'FIELD', cell: ({ field }) => field || '-' },
      { heading: 'FROM', cell: (row) => row.from || '-' },
      { heading: 'TO', cell: (row) => row.to || '-' },
    ],
    fields,
    terminal,
  )
  return [...texts.map((text) => escapeControl(text, { keep: '\n\t' })), ...(rows === '' ? [] : [rows])].join('\n')
}
