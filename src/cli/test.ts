// `homeostat test alerts`: a marked alert end to end, and where it got to.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { durationMs } from '../catalog/scalars.ts'
import { escapeControl } from '../model/escape-control.ts'
import type { Composition } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { serialize } from './output.ts'
import { addSshOptions, type SshFlags, sshDefaults } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

interface Flags extends SshFlags {
  dir?: string
  component?: string
  label?: Record<string, string>
  timeout?: number
  output: 'text' | 'json' | 'yaml'
}

export function register(program: Command, composition: Composition): void {
  const group = program.command('test').summary(verbSummaries.test as string)
  group.description('Send something marked through what is deployed, from end to end.')
  addSshOptions(group.command('alerts'), composition)
    .summary('send a marked alert through Alertmanager to its receivers')
    .description(
      'Send one marked alert through every Alertmanager of the desired state, follow it to the receivers that it is for, and end it.\n' +
        'Exit code 0: all of them have sent it; 1: not all.',
    )
    .option('--dir <dir>', 'the desired-state directory (default: desired-state)')
    .option('--component <component>', 'only through this one')
    .option('--label <name=value>', 'a label that it has, for choosing the route; may be repeated', toLabel)
    .addOption(
      new Option('--timeout <duration>', 'how long sending may take (default: a minute beyond groupWait)').argParser(
        toMs,
      ),
    )
    .addOption(new Option('-o, --output <format>').choices(['text', 'json', 'yaml']).default('text'))
    .addHelpText('after', '\nExample:\n  homeostat test alerts --label severity=critical')
    .action((flags: Flags) => alerts(flags, composition))
}

async function alerts(flags: Flags, composition: Composition): Promise<void> {
  const { terminal, exit } = composition
  const say = (text: string) => flags.output === 'text' && terminal.out(`${escapeControl(text)}\n`)
  const tested = await composition.testAlerts({
    desiredStateDir: composition.desiredStateDir(flags.dir),
    ssh: sshDefaults(flags),
    labels: flags.label ?? {},
    signal: composition.stop,
    ...(flags.component === undefined ? {} : { component: flags.component }),
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
    onBegin: (key, { alertname = '', ...labels }) => say(`${key}: ${alertname} ${shown(labels)}`),
    onStage: (_, { name, passed, message }) => say(`  ${passed ? '✓' : '✗'} ${name.padEnd(8)}  ${message}`),
  })
  if (tested.length === 0) {
    const which = flags.component === undefined ? '' : ` called ${flags.component}`
    throw new CliError(`the desired state has no enabled component of type alertmanager${which}`)
  }
  const { output } = flags
  if (output !== 'text')
    terminal.out(await serialize(output, { apiVersion: 'homeostat/v1', kind: 'AlertTest', alertmanagers: tested }))
  if (tested.some(({ passed }) => !passed)) exit(exitCodes.problems)
}

function shown(labels: Record<string, string>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`
}

function toLabel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected name=value')
  return { ...before, [name]: value }
}

function toMs(text: string): number {
  try {
    return durationMs(text)
  } catch {
    throw new InvalidArgumentError('expected a duration, for instance 90s or 2m')
  }
}
