// `homeostat plan [DIR]`: the difference between what is written and the live hosts, without touching anything.
import { type Command, Option } from 'commander'
import { escapeControl } from '../model/escape-control.ts'
import { explainChange } from '../plan/explain.ts'
import { publishedWarning } from '../secrets/published-key.ts'
import type { Composition, LivePlan, PlannedComponent, PlannedFile } from './composition.ts'
import { exitCodes } from './exit.ts'
import { keepPlan } from './kept-plans.ts'
import { planOptions } from './plan-options.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
import { addSshOptions, type SshFlags } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

interface PlanFlags extends SshFlags, SecretFlags {
  output: 'text' | 'json'
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('plan [DIR]'), composition))
    .summary(verbSummaries.plan as string)
    .description(
      'Show what would be changed on the live hosts, and a digest that stands for exactly that. Exit 0: nothing, 1: something, 2: not everything could be looked at.',
    )
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  homeostat plan desired-state && echo in sync')
    .action((dir: string | undefined, flags: PlanFlags) => plan(dir, flags, composition))
}

async function plan(dir: string | undefined, flags: PlanFlags, composition: Composition): Promise<void> {
  const { terminal, exit } = composition
  const live = await composition.planLive(planOptions(dir, flags, composition))
  terminal.out(flags.output === 'json' ? `${JSON.stringify(live, null, 2)}\n` : describePlan(live, dir))
  const { publishedSecrets = [] } = live
  if (publishedSecrets.length > 0) terminal.err(`${publishedWarning(publishedSecrets)}\n`)
  keepPlan(composition.statePaths().dir, live)
  if (live.issues.length > 0 || live.components.some(({ problem }) => problem !== undefined)) exit(exitCodes.failed)
  else if (live.components.some(({ changes }) => (changes ?? []).length > 0)) exit(exitCodes.problems)
}

/**
 * For people: what changes in its order, then what could not be seen, then a count and what stands for the plan. `dir` is the directory
 * as it was asked for.
 */
export function describePlan({ components, issues, digest }: LivePlan, dir?: string): string {
  const changing = components.filter(({ changes }) => (changes ?? []).length > 0)
  const unseen = components.filter(({ problem }) => problem !== undefined)
  const lines = [
    ...issues.map(({ file, line, column, message }) => `${line === 0 ? '' : `${file}:${line}:${column} `}${message}`),
    ...changing.flatMap(describeComponent),
    ...unseen.map(({ key, problem }) => `${key}: cannot be told: ${problem}`),
    `${changing.length} of ${components.length} to change, ${unseen.length} not seen, ${issues.length} problems in the desired state`,
    ...(digest === undefined
      ? []
      : [
          `plan ${digest}: carried out, exactly so, by: homeostat apply --plan ${digest}${dir === undefined ? '' : ` ${dir}`}`,
        ]),
  ]
  return `${lines.map((line) => escapeControl(line)).join('\n')}\n`
}

function lastingNote(why: string | undefined): string {
  return why === undefined ? '' : `; cannot be taken back: ${why}`
}

function describeComponent(planned: PlannedComponent): string[] {
  const { key, changes = [], rejected, isAnothers, irreversible = {} } = planned
  const { files = [], units = [], steps = [], dependents = [] } = planned
  const note = rejected
    ? ' (this revision was taken back there before and is not tried again)'
    : isAnothers
      ? ' (put there from another machine or directory: removed only by a controller that knows it)'
      : ''
  return [
    `${key}:${note}`,
    ...changes.map((change) => `  ${explainChange(change)}${lastingNote(irreversible[change.resource])}`),
    ...files.flatMap(describeFile),
    ...(steps.length === 0 ? [] : [`  steps: ${steps.join(' → ')}`]),
    ...units.map((line) => `  ${line}`),
    ...(dependents.length === 0 ? [] : [`  needed by: ${dependents.join(', ')}`]),
  ]
}

function describeFile({ path, diff, hidden }: PlannedFile): string[] {
  const lines = diff?.trimEnd().split('\n') ?? []
  return [`  --- ${path}${hidden === undefined ? '' : `: ${hidden}`}`, ...lines.map((line) => `  ${line}`)]
}
