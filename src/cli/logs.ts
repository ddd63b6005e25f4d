// `homeostat logs COMPONENT[@HOST]`: what the component's own units have written to the journals of their hosts.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { escapeControl, escapeSerialized } from '../model/escape-control.ts'
import { paint } from './color.ts'
import type { Composition } from './composition.ts'
import { exitCodes } from './exit.ts'
import type { LogEntry, LogSource } from './live.ts'
import { toMs } from './once.ts'
import { planOptions } from './plan-options.ts'
import { addSecretOptions, type SecretFlags } from './secret-options.ts'
import { addSshOptions, type SshFlags } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

const USUAL_LINES = 50
/** Of one host: more is what journalctl on the host itself is for. */
const MOST_LINES = 10_000

interface Flags extends SshFlags, SecretFlags {
  dir?: string
  follow?: boolean
  lines?: number
  since?: number
  output: 'text' | 'json'
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('logs <component>'), composition))
    .summary(verbSummaries.logs as string)
    .description(
      "Show what a component's own units have written to the journal of each of its hosts; COMPONENT@HOST for one host only.\n" +
        'Control characters are written out, known secrets are masked. Exit code 2: not every host could be read.',
    )
    .option('--dir <dir>', 'the desired-state directory (default: desired-state)')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .addOption(
      new Option('-n, --lines <number>', `the last so many of each host (default: ${USUAL_LINES})`).argParser(toLines),
    )
    .addOption(new Option('--since <duration>', 'only what is not older, for instance 10m').argParser(toMs))
    .addOption(new Option('-o, --output <format>', 'json: one object a line').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExamples:\n  homeostat logs prometheus -f\n  homeostat logs node-exporter@dns --since 10m')
    .action((component: string, flags: Flags) => logs(component, flags, composition))
}

type Line = LogEntry & { host: string }

async function logs(name: string, flags: Flags, composition: Composition): Promise<void> {
  const { terminal } = composition
  const [component = '', host] = name.split('@', 2)
  const { follow = false, since, lines = since === undefined ? USUAL_LINES : MOST_LINES } = flags
  let show: (line: Line) => void = () => undefined
  const waiting: Line[] = []
  const sources = await composition.readLogs({
    ...{ component, follow, lines },
    ...(host === undefined ? {} : { host }),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...planOptions(flags.dir, flags, composition),
    onBegin: (all, { isMasked }) => {
      show = printer(all, flags, composition)
      if (!isMasked)
        terminal.err('no age identity was found: secrets are not known here, and not masked in what is shown\n')
    },
    // Of what is there already, hosts tell each in its own time; of what comes, nobody is waited for.
    onEntry: (source, entry) =>
      follow ? show({ ...entry, host: source.host }) : waiting.push({ ...entry, host: source.host }),
  })
  for (const line of waiting.sort((a, b) => a.atMs - b.atMs)) show(line)
  const failed = sources.filter(({ problem }) => problem !== undefined)
  for (const { host, problem = '' } of failed) {
    // What the transport says begins with the host.
    const text = problem.startsWith(host) ? problem : `${host}: ${problem}`
    terminal.err(`${escapeControl(text)}\n`)
  }
  if (failed.length > 0) composition.exit(exitCodes.failed)
  else if (!follow && waiting.length === 0) terminal.err(`nothing is in the journal of ${unitsOf(sources)}\n`)
}

function unitsOf(sources: LogSource[]): string {
  return sources.map(({ host, units }) => `${units.join(', ')} on ${host}`).join('; ')
}

function printer(sources: LogSource[], { output }: Flags, { terminal }: Composition): (line: Line) => void {
  if (output === 'json') {
    return ({ atMs, ...line }) => {
      const json = JSON.stringify({ time: new Date(atMs).toISOString(), ...line })
      terminal.out(`${escapeSerialized(json)}\n`)
    }
  }
  const width = sources.length > 1 ? Math.max(...sources.map(({ host }) => host.length)) : 0
  return ({ atMs, host, from, priority, message = '(a line of more than 4096 bytes is not shown)' }) => {
    const prefix = width === 0 ? '' : `${paint(host.padEnd(width), 'cyan', terminal.color)} `
    const time = paint(new Date(atMs).toISOString(), 'dim', terminal.color)
    const color = priority <= 3 ? 'red' : priority === 4 ? 'yellow' : undefined
    terminal.out(`${prefix}${time} ${escapeControl(from)}: ${paint(escapeControl(message), color, terminal.color)}\n`)
  }
}

function toLines(text: string): number {
  const lines = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (lines < 1 || lines > MOST_LINES) throw new InvalidArgumentError(`expected a number from 1 to ${MOST_LINES}`)
  return lines
}
