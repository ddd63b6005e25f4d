// `homeostat lab`: boots, inspects and removes real hosts on this machine.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Command, Option } from 'commander'
import { forwardPort } from '../lab/forward.ts'
import { openLab } from '../lab/lab.ts'
import { type LabHostStatus, type LabStatus, labStatus } from '../lab/lab-status.ts'
import { labDown, labUp, purgeCaches } from '../lab/lab-up.ts'
import type { Composition } from './composition.ts'
import { CliError, type ExitCode, exitCodes } from './exit.ts'
import { type Column, table } from './table.ts'

interface LabFlags {
  name: string
}

export function register(program: Command, composition: Composition): void {
  const lab = program.command('lab').description('boot, inspect and remove the lab of real hosts')
  const verb = (usage: string, description: string) =>
    lab
      .command(usage)
      .description(description)
      .option('--name <name>', 'which lab', composition.env.HOMEOSTAT_LAB || 'default')
  verb('up', 'boot the hosts; harmless when they run').action((flags: LabFlags) => up(flags, composition))
  verb('down', 'end the hosts and forget what was done on them')
    .option('--purge', 'remove the image and the package repository too')
    .action((flags: LabFlags & { purge?: boolean }) => down(flags, composition))
  verb('status', 'show the hosts; exit code 1 when one is not running')
    .addOption(new Option('-o, --output <format>').choices(['table', 'json']).default('table'))
    .action((flags: LabFlags & { output: string }) => status(flags, composition))
  verb('exec <host> <command...>', 'run a command on a host as root, without the network; put -- before it').action(
    async (host: string, command: string[], { name }: LabFlags) =>
      attach(await (await openLab(name)).execCommand(host, command), composition),
  )
  verb('ssh <host> [command...]', 'log in on a host by SSH as root').action(
    async (host: string, command: string[], { name }: LabFlags) =>
      attach((await openLab(name)).sshCommand(host, command), composition),
  )
  verb('forward <host> <port> [local-port]', "bring a port of a host to this machine's 127.0.0.1 until Ctrl-C").action(
    (host: string, port: string, localPort: string | undefined, flags: LabFlags) =>
      forward(host, portOf(port), portOf(localPort ?? port), flags, composition),
  )
}

async function up({ name }: LabFlags, { terminal, stop }: Composition): Promise<void> {
  const report = (message: string) => terminal.err(`lab: ${message}\n`)
  const lab = await labUp({ name, signal: stop, report }).catch((cause: unknown) => {
    if (!stop.aborted) throw cause
    throw new CliError(
      'stopped before the lab was up; `lab up` carries on, `lab down` cleans up',
      exitCodes.failed,
      cause,
    )
  })
  terminal.out(table(hostColumns, (await labStatus(lab.name)).hosts, terminal))
}

async function down({ name, purge }: LabFlags & { purge?: boolean }, { terminal }: Composition): Promise<void> {
  await labDown(name)
  if (purge) await purgeCaches()
  terminal.err(`lab: "${name}" is gone${purge ? ', and the image and packages with it' : ''}\n`)
}

async function status(flags: LabFlags & { output: string }, { terminal, exit }: Composition): Promise<void> {
  const found = await labStatus(flags.name)
  if (flags.output === 'json') terminal.out(`${JSON.stringify(found, null, 2)}\n`)
  else terminal.out(statusText(found, terminal))
  if (!found.up || found.hosts.some(({ power }) => power !== 'on')) exit(exitCodes.problems)
}

function statusText(found: LabStatus, terminal: Composition['terminal']): string {
  if (!found.up) return `the lab "${found.name}" is not up; start it with: homeostat lab up --name ${found.name}\n`
  return table(hostColumns, found.hosts, terminal)
}

const hostColumns: Column<LabHostStatus>[] = [
  { heading: 'HOST', cell: ({ name }) => name },
  { heading: 'ADDRESS', cell: ({ address }) => address },
  { heading: 'POWER', cell: ({ power }) => power, color: ({ power }) => (power === 'on' ? 'green' : 'red') },
  { heading: 'SYSTEMD', cell: ({ system }) => system || '-' },
]

async function forward(
  host: string,
  port: number,
  localPort: number,
  flags: LabFlags,
  { terminal, stop }: Composition,
) {
  const relay = await forwardPort(await openLab(flags.name), host, port, localPort)
  terminal.out(`http://127.0.0.1:${relay.port} is port ${port} of ${host}, until Ctrl-C\n`)
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
  await relay.close()
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new CliError(`"${text}" is not a port: use a number from 1 to 65535`)
}

/** Runs a program in our place: its input, output and exit code are ours, as with `ssh`. */
function attach([program = '', ...argv]: string[], { exit, stop }: Composition): Promise<void> {
  return new Promise((resolve, reject) => {
    // Asking for it takes the signals over: Ctrl-C is for the command, and we end when it has.
    if (stop.aborted) return resolve()
    const child = spawn(program, argv, { stdio: 'inherit' })
    child.on('error', (cause) => reject(new CliError(`cannot start ${program}: ${cause.message}`, 2, cause)))
    child.on('close', (code, signal) => {
      // Beyond our own codes on purpose: a script reads the code of its command.
      exit((code ?? 128 + constants.signals[signal as NodeJS.Signals]) as ExitCode)
      resolve()
    })
  })
}
