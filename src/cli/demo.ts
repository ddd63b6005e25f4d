// `homeostat demo`: real hosts on this machine, the shipped desired state on them, and the controller at work until Ctrl-C.
import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { lockFile } from '../lab/file-lock.ts'
import { insideNetwork } from '../lab/inside-network.ts'
import type { Lab } from '../lab/lab.ts'
import { labAddress } from '../lab/lab-hosts.ts'
import { runtimeDirectory } from '../lab/lab-paths.ts'
import { labStatus } from '../lab/lab-status.ts'
import { labDown, labUp } from '../lab/lab-up.ts'
import { withPublishedIdentity } from '../lab/published-identity.ts'
import { startRelay } from '../lab/relay.ts'
import { whyUnsupported } from '../lab/requirements.ts'
import type { Composition } from './composition.ts'
import { CliError, type ExitCode, exitCodes } from './exit.ts'
import { readWritten } from './read-written.ts'
import { verbSummaries } from './verbs.ts'

/** Of the controller's HTTP in the lab's network. */
const METRICS_PORT = 9095

interface DemoFlags {
  exit?: boolean
  port: string
  name: string
  view: string
}

export function register(program: Command, composition: Composition): void {
  program
    .command('demo [DIR]')
    .summary(verbSummaries.demo as string)
    .description(
      'Boot a lab of real hosts, deploy DIR (default: the shipped desired-state) to it, and keep it there until Ctrl-C.',
    )
    .option('--exit', 'take everything down and exit 0 once all is healthy; not 0 when it is not within 10 minutes')
    .option('--port <port>', "where the controller's HTTP is on 127.0.0.1", '9095')
    .option('--name <name>', 'which lab', composition.env.HOMEOSTAT_LAB || 'demo')
    .addOption(new Option('--view <view>', 'how progress is shown').choices(['auto', 'lines', 'table']).default('auto'))
    .action((dir: string | undefined, flags: DemoFlags) => demo(dir, flags, composition))
}

async function demo(dir: string | undefined, flags: DemoFlags, composition: Composition): Promise<void> {
  const { terminal, stop } = composition
  const desired = desiredDirectory(dir, composition)
  const report = (message: string) => terminal.err(`lab: ${message}\n`)
  const reason = whyUnsupported()
  if (reason !== undefined) throw new CliError(reason)
  // A second demo of the same lab would take the hosts of the first down with itself.
  const lock = await lockFile(`${runtimeDirectory}/${flags.name}.demo`, `the demo of the lab "${flags.name}"`, 0)
  try {
    // Hosts that a killed demo left behind remember what became of it.
    if ((await labStatus(flags.name)).up) report('taking down what an earlier demo left')
    await labDown(flags.name)
    const lab = await labUp({ name: flags.name, report, signal: stop })
    if (!stop.aborted) composition.exit(await reconcileInside(lab, desired, flags, composition))
  } finally {
    report('taking the hosts down')
    await labDown(flags.name)
    await lock.release({ remove: true })
    report('nothing is left running')
  }
}

/** The directory asked for, or that of the working directory, or the one that came with the program. */
function desiredDirectory(dir: string | undefined, composition: Composition): string {
  const asked = composition.desiredStateDir(dir)
  const shipped = ['../../desired-state', '../../../desired-state'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  const found = [asked, ...(dir === undefined ? shipped : [])].find((path) => existsSync(path))
  if (found === undefined) throw new CliError(`there is no directory ${asked}`)
  return found
}

/** Runs the controller in the lab's network, its HTTP on this machine's own 127.0.0.1; resolves with its exit code. */
async function reconcileInside(
  lab: Lab,
  desired: string,
  flags: DemoFlags,
  composition: Composition,
): Promise<ExitCode> {
  const state = join(composition.statePaths().dir, 'demo')
  // The hosts are new, so what an earlier demo knew is about machines that are gone.
  rmSync(state, { recursive: true, force: true })
  const relay = await startRelay({ socketPath: join(state, 'http.sock'), port: Number(flags.port) })
  try {
    const script = process.argv[1] as string
    const argv = [
      process.execPath,
      script,
      ...(composition.terminal.isTty && !composition.terminal.color ? ['--no-color'] : []),
      '--state',
      state,
      ...(await runArguments(lab, desired, state, flags, composition.cwd)),
    ]
    return await runChild(insideNetwork(lab, argv), lab, composition)
  } finally {
    await relay.close()
  }
}

async function runArguments(
  lab: Lab,
  desired: string,
  state: string,
  flags: DemoFlags,
  cwd: string,
): Promise<string[]> {
  const reach = [
    '--identity',
    lab.identityFile,
    '--known-hosts',
    lab.knownHostsFile,
    // Where the shipped Prometheus finds it; from here it is reached through the relay.
    '--http',
    `${labAddress}:${METRICS_PORT}`,
    '--lab',
    '--resync',
    '10s',
  ]
  const ending = flags.exit
    ? ['--once', '--timeout', '600s']
    : ['--hints', await hints(lab, desired, state, flags, cwd)]
  return ['run', desired, '--view', flags.view, ...reach, ...ending]
}

function runChild([command = '', ...args]: string[], lab: Lab, { stop, env }: Composition): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    // The channel ends with us: a controller that outlived a killed demo would keep changing the next one's hosts.
    const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const
    const child = spawn(command, args, {
      stdio: [...stdio],
      // Where another lab is named, it would go there.
      env: { ...withPublishedIdentity(env), HOMEOSTAT_LAB: lab.name },
    })
    // A signal of the terminal reaches the child by itself; one that was sent to us alone is passed on.
    const pass = () => child.kill('SIGTERM')
    stop.addEventListener('abort', pass, { once: true })
    child.on('error', reject)
    child.on('exit', (code) => {
      stop.removeEventListener('abort', pass)
      resolve(stop.aborted ? exitCodes.good : ((code ?? exitCodes.failed) as ExitCode))
    })
  })
}

async function hints(lab: Lab, desired: string, state: string, flags: DemoFlags, cwd: string): Promise<string> {
  const here = (path: string) => relative(cwd, path) || '.'
  const types = await deployedTypes(desired)
  const notReal = standIns(lab.sources, types)
  const about = (type: string, ...lines: string[]) => (types.has(type) ? lines : [])
  return [
    'Everything is healthy, and stays so until Ctrl-C. In another terminal, here, try:',
    '',
    `  export HOMEOSTAT_STATE=${here(state)} HOMEOSTAT_LAB=${lab.name}`,
    ...about(
      'prometheus',
      '  npx homeostat lab forward monitoring 9090    # Prometheus in your browser: http://127.0.0.1:9090',
    ),
    ...about('grafana', '  npx homeostat lab forward monitoring 3000    # Grafana: admin, lab-only-admin'),
    ...about('mail-relay', '  npx homeostat lab forward authentik 8025     # the mail that alerts have sent'),
    ...about(
      'prometheus',
      '  npx homeostat lab exec monitoring -- systemctl stop prometheus',
      '  npx homeostat describe prometheus            # what was different, and what was done',
    ),
    '  npx homeostat get components -w',
    '  npx homeostat doctor                         # what is wrong, on every host and between them',
    '  npx homeostat test alerts                    # a marked alert, through Alertmanager to the mail server',
    '  npx homeostat logs prometheus -f',
    '',
    ...about(
      'prometheus',
      `Edit ${here(desired)}/prometheus.yaml: with scrapeInterval: 30s it is deployed and proven; with`,
      'extraFlags: ["--no-such-flag"] it is tried, taken back by itself, and you are told why.',
    ),
    ...(notReal.length === 0 ? [] : [`Not the real programs, but stand-ins: ${notReal.join(', ')}.`]),
    `The controller's own metrics: http://127.0.0.1:${flags.port}/metrics`,
  ].join('\n')
}

/** What others run is played by the lab. By component type. */
const EXTERNAL: Record<string, string> = { authentik: 'authentik', 'mail-relay': 'the mail server' }

/** Of what is deployed, what is no real program there. */
export function standIns(sources: Lab['sources'], types: ReadonlySet<string>): string[] {
  const ours = sources.filter(({ program, kind }) => kind === 'stand-in' && types.has(program))
  const others = Object.entries(EXTERNAL).filter(([type]) => types.has(type))
  return [...ours.map(({ program }) => program), ...others.map(([, name]) => name)]
}

async function deployedTypes(directory: string): Promise<Set<string>> {
  const { components } = (await readWritten(directory)).desired
  return new Set(Object.values(components).flatMap(({ type, enabled }) => (enabled ? [type] : [])))
}
