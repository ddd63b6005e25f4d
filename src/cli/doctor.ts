// `homeostat doctor [COMPONENT]`: looks at everything that can be wrong, and says what is, and what to do about it.
import { type Command, Option } from 'commander'
import { diagnose } from '../doctor/diagnose.ts'
import type { Finding } from '../doctor/finding.ts'
import { type Known, knownFindings } from '../doctor/known.ts'
import { escapeControl } from '../model/escape-control.ts'
import { isOf } from '../model/key.ts'
import { nearest } from '../spec/suggest.ts'
import { paint } from './color.ts'
import type { Composition } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import type { LookAround } from './live.ts'
import { serialize } from './output.ts'
import { planOptions } from './plan-options.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
import { addSshOptions, type SshFlags } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

interface Flags extends SshFlags, SecretFlags {
  dir?: string
  output: 'text' | 'json' | 'yaml'
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('doctor [component]'), composition))
    .summary(verbSummaries.doctor as string)
    .description(
      'Look at every host of the desired state and at everything on it that can be wrong, changing nothing, and say what is and what to do.\n' +
        'Exit code 0: nothing; 1: something; 2: not every host could be looked at.',
    )
    .option('--dir <dir>', 'the desired-state directory (default: desired-state)')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json', 'yaml']).default('text'))
    .addHelpText('after', '\nExamples:\n  homeostat doctor\n  homeostat doctor grafana -o json')
    .action((component: string | undefined, flags: Flags) => doctor(component, flags, composition))
}

async function doctor(component: string | undefined, flags: Flags, composition: Composition): Promise<void> {
  const { terminal, exit } = composition
  const seen = await composition.lookAround({
    ...planOptions(flags.dir, flags, composition),
    ...(component === undefined ? {} : { component }),
  })
  if (component !== undefined && !seen.components.includes(component)) throw unknown(component, seen)
  const known = await knownHere(composition, component)
  const findings = [...written(seen), ...knownFindings(known), ...diagnose(seen.looks, seen.expected)]
  const missed = seen.looks.filter((look) => look.missed !== undefined).map(({ host }) => host)
  if (flags.output === 'text') {
    for (const finding of findings) terminal.out(findingText(finding, terminal.color))
    terminal.err(`${summary(seen, findings, missed)}\n`)
  } else terminal.out(await serialize(flags.output, documentOf(seen, findings, missed)))
  if (missed.length > 0 || seen.looks.length === 0) exit(exitCodes.failed)
  else if (findings.some(({ isNote }) => isNote !== true)) exit(exitCodes.problems)
}

function unknown(component: string, { components }: LookAround): CliError {
  const meant = nearest(component, components)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return new CliError(`the desired state has no component ${JSON.stringify(component)}${hint}`)
}

/** Undefined where no controller has ever run with this state directory. */
async function knownHere(composition: Composition, component: string | undefined): Promise<Known | undefined> {
  const store = await composition.openStore('reader').catch((error) => {
    if (error instanceof CliError) return undefined
    throw error
  })
  if (store === undefined) return undefined
  try {
    const all = await store.list()
    const statuses = component === undefined ? all : all.filter(({ key }) => isOf(key, component))
    return { statuses, isRunning: await composition.controller.isRunning() }
  } finally {
    await store.close()
  }
}

function written({ issues }: LookAround): Finding[] {
  const [first] = issues
  if (first === undefined) return []
  const more = issues.length > 1 ? ` and ${issues.length - 1} more` : ''
  const message = `the desired state has problems: ${first.file}:${first.line}:${first.column} ${first.message}${more}`
  return [{ check: 'written', message, next: 'homeostat validate' }]
}

function findingText({ host, component, message, next, isNote }: Finding, color: boolean): string {
  const mark = isNote ? paint('i', 'cyan', color) : paint('✗', 'red', color)
  const who = escapeControl([host, component].filter((it) => it !== undefined).join(' '))
  // The transport's own messages begin with the host.
  const isTold = host !== undefined && (message.startsWith(`${host}:`) || message.startsWith(`${host} (`))
  const subject = who === '' || isTold ? '' : `${paint(who, 'bold', color)}: `
  return `${mark} ${subject}${escapeControl(message)} ${paint(`→ ${escapeControl(next)}`, 'cyan', color)}\n`
}

function summary({ looks }: LookAround, findings: Finding[], missed: string[]): string {
  const wrong = findings.filter(({ isNote }) => isNote !== true).length
  const components = looks.reduce((sum, look) => sum + look.components.length, 0)
  const ways = looks.reduce((sum, look) => sum + look.connections.length, 0)
  const hosts = `${looks.length - missed.length} of ${looks.length} hosts, ${components} components on them and ${ways} ways between them were looked at`
  const found = wrong === 0 ? 'nothing is wrong' : wrong === 1 ? '1 thing is wrong' : `${wrong} things are wrong`
  return `${found}; ${hosts}`
}

function documentOf({ looks }: LookAround, findings: Finding[], missed: string[]) {
  const hosts = looks.map(({ host }) => ({ name: host, seen: !missed.includes(host) }))
  return { apiVersion: 'homeostat/v1', kind: 'Diagnosis', hosts, findings }
}
