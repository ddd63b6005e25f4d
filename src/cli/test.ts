// `homeostat test alerts|logs|sso`: something marked end to end, and where it got to.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { escapeControl } from '../model/escape-control.ts'
import type { Composition } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import type { Tested } from './live.ts'
import { toMs } from './once.ts'
import { serialize } from './output.ts'
import { planOptions } from './plan-options.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
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
  logsTest(group, composition)
  signOnTest(group, composition)
}

type TestFlags = SshFlags & SecretFlags & Pick<Flags, 'dir' | 'component' | 'timeout' | 'output'>

function testCommand(group: Command, name: string, composition: Composition): Command {
  return addSecretOptions(addSshOptions(group.command(name), composition))
    .option('--dir <dir>', 'the desired-state directory (default: desired-state)')
    .option('--component <component>', 'only this one')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json', 'yaml']).default('text'))
}

function logsTest(group: Command, composition: Composition): void {
  testCommand(group, 'logs', composition)
    .summary('send a marked log line from every host through its shipper to Loki')
    .description(
      'Write one marked line into the journal of every host that has a log shipper, and read it back from Loki.\n' +
        'Exit code 0: all have arrived; 1: not all.',
    )
    .addOption(new Option('--timeout <duration>', 'how long a line may take to arrive (default: 30s)').argParser(toMs))
    .addHelpText('after', '\nExample:\n  homeostat test logs --timeout 1m')
    .action(async (flags: TestFlags) => {
      const timeout = flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }
      const tested = await composition.testLogs({ ...common(flags, composition), ...timeout })
      await conclude(
        tested,
        flags,
        { kind: 'LogTest', list: 'shippers', none: 'log shipper (type alloy)' },
        composition,
      )
    })
}

function signOnTest(group: Command, composition: Composition): void {
  testCommand(group, 'sso', composition)
    .summary('ask every protected site as somebody who has not signed on')
    .description(
      'Send one anonymous request to every site of the reverse proxy that is behind the sign-on. Good is a redirect to the provider.\n' +
        'Exit code 0: all lead to the provider; 1: not all.',
    )
    .addHelpText('after', '\nExample:\n  homeostat test sso')
    .action(async (flags: TestFlags) => {
      const tested = await composition.testSignOn(common(flags, composition))
      const none = 'reverse proxy (type caddy) with a site behind the sign-on'
      await conclude(tested, flags, { kind: 'SignOnTest', list: 'proxies', none }, composition)
    })
}

function common(flags: TestFlags, composition: Composition) {
  const { terminal } = composition
  return {
    ...planOptions(flags.dir, flags, composition),
    ...(flags.component === undefined ? {} : { component: flags.component }),
    onTested: (tested: Tested) => flags.output === 'text' && terminal.out(testedText(tested)),
  }
}

function testedText({ key, stages }: Tested): string {
  const width = Math.max(8, ...stages.map(({ name }) => name.length))
  const lines = stages.map(({ name, passed, message }) => `  ${passed ? '✓' : '✗'} ${name.padEnd(width)}  ${message}`)
  return `${[`${key}:`, ...lines].map((line) => escapeControl(line)).join('\n')}\n`
}

async function conclude(
  tested: Tested[],
  { output, component }: TestFlags,
  { kind, list, none }: { kind: string; list: string; none: string },
  { terminal, exit }: Composition,
): Promise<void> {
  if (tested.length === 0) {
    const which = component === undefined ? '' : ` called ${component}`
    throw new CliError(`the desired state has no enabled ${none}${which}`)
  }
  if (output !== 'text') terminal.out(await serialize(output, { apiVersion: 'homeostat/v1', kind, [list]: tested }))
  if (tested.some(({ passed }) => !passed)) exit(exitCodes.problems)
}

async function alerts(flags: Flags, composition: Composition): Promise<void> {
  const { terminal } = composition
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
  const which = { kind: 'AlertTest', list: 'alertmanagers', none: 'component of type alertmanager' }
  await conclude(tested, flags, which, composition)
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
