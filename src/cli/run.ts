// `homeostat run`: reconciles until it is stopped, or with --once until everything has come to rest.
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { escapeControl } from '../model/escape-control.ts'
import { LOSS_LIMITS, type LossLimits } from '../plan/sudden-loss.ts'
import type { Composition, RunningController, StartOptions } from './composition.ts'
import { CliError, exitCodes } from './exit.ts'
import { sayOutcome, toMs, untilRest } from './once.ts'
import { followLines } from './run-lines.ts'
import { followTable } from './run-table.ts'
import { addSecretOptions, type SecretFlags, secretSources } from './secret-options.ts'
import { addSshOptions, type SshFlags, sshDefaults } from './ssh-options.ts'
import { verbSummaries } from './verbs.ts'

interface RunFlags extends SshFlags, SecretFlags {
  once?: boolean
  timeout: number
  resync: number
  http: StartOptions['http']
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  view: 'auto' | 'log' | 'lines' | 'table'
  hints?: string
  lab?: boolean
  freeze: LossLimits | 'off'
}

export function register(program: Command, composition: Composition): void {
  addSecretOptions(addSshOptions(program.command('run [DIR]'), composition))
    .summary(verbSummaries.run as string)
    .description('Watch DIR (default: desired-state) and keep every host as it says.')
    .option('--once', 'stop when everything has come to rest: exit 0 all healthy, 1 not, 3 something is rolled back')
    .addOption(
      new Option('--timeout <duration>', 'with --once: give up after this long')
        .argParser(toMs)
        .default(600_000, '10m'),
    )
    .addOption(
      new Option('--resync <duration>', 'look at every host this often although nothing happened')
        .argParser(toMs)
        .default(60_000, '60s'),
    )
    .addOption(
      new Option('--http <address:port|off>', 'where to serve metrics, health and the API')
        .argParser(toAddress)
        .default({ address: '127.0.0.1', port: 9095 }, '127.0.0.1:9095'),
    )
    .addOption(
      new Option(
        '--freeze <percent|off>',
        'change nothing when more than this share of the hosts goes wrong within a minute',
      )
        .argParser(toLossLimits)
        .default(LOSS_LIMITS, '50%'),
    )
    .addOption(new Option('--log-level <level>').choices(['trace', 'debug', 'info', 'warn', 'error']).default('info'))
    .addOption(
      new Option(
        '--view <view>',
        'log to standard error, or a live table, or plain lines (the log then goes to a file)',
      )
        .choices(['auto', 'log', 'lines', 'table'])
        .default('log'),
    )
    .addOption(new Option('--hints <text>').hideHelp())
    .addOption(new Option('--lab').hideHelp())
    .addHelpText('after', '\nExample:\n  homeostat run desired-state --identity ~/.ssh/fleet')
    .action((dir: string | undefined, flags: RunFlags) => run(dir, flags, composition))
}

async function run(dir: string | undefined, flags: RunFlags, composition: Composition): Promise<void> {
  const { terminal, stop } = composition
  const view = flags.view === 'auto' ? (terminal.isTty ? 'table' : 'lines') : flags.view
  const running = await composition.startController(startOptions(dir, flags, view === 'log', composition))
  const ended = new AbortController()
  const signals = AbortSignal.any([stop, ended.signal])
  let footer = ''
  const watching =
    view === 'table'
      ? followTable(running, composition, signals, () => footer)
      : view === 'lines'
        ? followLines(running, composition, signals)
        : Promise.resolve()
  try {
    // Looked at only where something is done about it: with thousands of components it would be most of the work at rest.
    const isAwaited = flags.once === true || flags.hints !== undefined
    const isHealthy =
      isAwaited && (await untilRest(running, composition, { isOnce: flags.once === true, timeoutMs: flags.timeout }))
    if (isHealthy && flags.hints !== undefined) {
      footer = `\n${flags.hints}\n`
      if (view !== 'table') terminal.out(footer)
    }
    if (flags.once) sayOutcome(running, composition, flags.timeout)
    else await Promise.race([untilAborted(stop), throwWhenFailed(running)])
  } finally {
    ended.abort()
    await watching
    await running.stop()
  }
}

function startOptions(dir: string | undefined, flags: RunFlags, logs: boolean, composition: Composition): StartOptions {
  const { terminal, version } = composition
  const state = composition.statePaths()
  const stream = logs ? { write: (text: string) => terminal.err(text) } : logFile(state.dir)
  return {
    version,
    desiredStateDir: composition.desiredStateDir(dir),
    state,
    http: flags.http,
    ssh: sshDefaults(flags),
    secrets: secretSources(flags, composition),
    isLab: flags.lab ?? false,
    resyncMs: flags.resync,
    lossLimits: flags.freeze,
    onNotice: (text) => terminal.err(`homeostat: ${escapeControl(text, { keep: '\n' })}\n`),
    log: {
      stream,
      format: logs && terminal.errIsTty ? 'pretty' : 'json',
      color: terminal.color,
      level: flags.logLevel,
    },
  }
}

function logFile(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = openSync(join(dir, 'controller.log'), 'a', 0o600)
  return { write: (text: string) => writeSync(file, text) }
}

async function throwWhenFailed(running: RunningController): Promise<never> {
  const cause = await running.failed
  const message = `${cause.message}. Start it again: it reads the store anew and looks at every host`
  throw new CliError(message, exitCodes.failed, cause)
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function toLossLimits(text: string): LossLimits | 'off' {
  if (text === 'off') return 'off'
  const percent = Number(/^(?<percent>\d{1,2})%?$/.exec(text)?.groups?.percent)
  if (!(percent >= 1)) throw new InvalidArgumentError('a share of the hosts from 1% to 99%, or off')
  return { ...LOSS_LIMITS, share: percent / 100 }
}

function toAddress(text: string): StartOptions['http'] {
  if (text === 'off') return undefined
  const parts = /^(?<address>\[[0-9a-f:.]+\]|[^:]+):(?<port>\d{1,5})$/i.exec(text)?.groups
  const port = Number(parts?.port)
  if (parts?.address === undefined || port > 65_535)
    throw new InvalidArgumentError('an address and a port, 127.0.0.1:9095, or off')
  return { address: parts.address.replace(/^\[|\]$/g, ''), port }
}
