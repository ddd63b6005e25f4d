// The program: parses what is common to all verbs, loads the verb asked for, and is the only place that constructs
// stores, connections, loggers and servers.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, CommanderError } from 'commander'
import type { Composition } from './cli/composition.ts'
import { controllerClient } from './cli/controller-client.ts'
import { CliError, type ExitCode, exitCodes } from './cli/exit.ts'
import { openStoreAt } from './cli/open-store.ts'
import { addVerbs, rootCommand } from './cli/program.ts'
import { stopOnSignals } from './cli/stop-on-signals.ts'
import { processTerminal } from './cli/terminal.ts'
import { verbOf } from './cli/verbs.ts'
import { escapeControl } from './model/escape-control.ts'

/** Runs one command line, without `node` and the script. Never throws; the outcome is in `process.exitCode`. */
export async function main(words: readonly string[]): Promise<void> {
  const program = rootCommand(packageVersion())
  const composition = compose(program, words)
  try {
    await addVerbs(program, composition, verbOf(words))
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    composition.exit(report(error, composition))
  }
}

function compose(program: Command, words: readonly string[]): Composition {
  const { env } = process
  const cwd = process.cwd()
  const gone = new AbortController()
  // Who asked to be told when to stop has something to put in order first.
  const onGone = () => (stop === undefined ? process.exit() : gone.abort('no reader'))
  const terminal = processTerminal({ noColor: words.includes('--no-color'), onGone })
  const onBadRow = (error: Error) => terminal.err(`homeostat: left out: ${escapeControl(error.message)}\n`)
  let stop: AbortSignal | undefined
  const statePaths = () => {
    const dir = resolve(cwd, program.opts<{ state?: string }>().state || env.HOMEOSTAT_STATE || '.homeostat')
    return { dir, store: resolve(dir, 'store.sqlite'), socket: resolve(dir, 'http.sock') }
  }
  return {
    version: program.version() ?? '',
    terminal,
    env,
    cwd,
    nowMs: Date.now,
    wait: waitMs,
    get stop() {
      stop ??= AbortSignal.any([stopOnSignals(), gone.signal])
      return stop
    },
    statePaths,
    desiredStateDir: (argument) => resolve(cwd, argument || env.HOMEOSTAT_DESIRED_STATE || 'desired-state'),
    openStore: (mode) => openStoreAt(statePaths().store, { mode, nowMs: Date.now(), onBadRow }),
    controller: controllerClient(() => statePaths().socket),
    openSecrets: async (sources, { namesSuffice = false } = {}) => {
      const { openSecrets } = await import('./open-secrets.ts')
      return openSecrets(sources, { stateDir: statePaths().dir, namesSuffice })
    },
    // Loaded when needed: reading verbs start without SSH, YAML and the catalog.
    startController: async (options) => (await import('./start-controller.ts')).startController(options),
    planLive: async (options) => (await import('./live-plan.ts')).planLive(options),
    testAlerts: async (options) => (await import('./live-alert-test.ts')).testAlerts(options),
    testLogs: async (options) => (await import('./live-log-test.ts')).testLogs(options),
    testSignOn: async (options) => (await import('./live-sign-on-test.ts')).testSignOn(options),
    lookAround: async (options) => (await import('./look-around.ts')).lookAround(options),
    readLogs: async (options) => (await import('./live-logs.ts')).readLogs(options),
    measureCoverage: async (options) => (await import('./live-coverage.ts')).measureCoverage(options),
    exit: (code) => {
      process.exitCode = Math.max(Number(process.exitCode ?? 0), code)
    },
  }
}

/** Says on standard error what went wrong, for a person, and returns the exit code. */
function report(error: unknown, { terminal, env }: Composition): ExitCode {
  // Commander has already printed help, the version, or what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.good : exitCodes.failed
  const message = error instanceof Error ? error.message : String(error)
  terminal.err(`homeostat: ${escapeControl(message, { keep: '\n' })}\n`)
  const isExpected = error instanceof CliError
  if (!isExpected && env.HOMEOSTAT_DEBUG && error instanceof Error) terminal.err(`${error.stack}\n`)
  return isExpected ? error.exitCode : exitCodes.failed
}

/** The package's version: one folder up from the sources, two from the built files. */
function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return 'unknown'
}

function waitMs(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      done()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish)
  })
}

if (import.meta.main) await main(process.argv.slice(2))
