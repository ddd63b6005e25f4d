// A lab that is up: what tests, the demo and the benchmarks do with its hosts.

import type { ProgramSource } from './grafana-packages.ts'
import { forgetChanges, hostPower, leaderPid, powerOff, shutDown, startKeeper } from './host-control.ts'
import { execCommand, execOnHost, sshCommand, waitUntilReady } from './host-exec.ts'
import { LabError } from './lab-error.ts'
import type { LabHostSpec } from './lab-hosts.ts'
import { type HostPaths, hostPaths, type LabPaths, labPaths } from './lab-paths.ts'
import { type LabRecord, mustReadRecord } from './lab-record.ts'
import { cut, cutAfterBytes, heal } from './network-faults.ts'
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts'
import { waitUntil } from './wait-until.ts'

/** Boot of one host; 2 s when the machine is idle, far more when many boot at once on a busy one. */
export const bootTimeoutMs = 90_000

export interface Lab {
  name: string
  hosts: LabHostSpec[]
  /** Which of Grafana Labs' programs are real on its hosts. */
  sources: ProgramSource[]
  /** `nsenter --net=PATH` puts a program where the hosts can be reached. */
  namespacePath: string
  /** Private key that every host accepts for `root` and for `admin` (who has `sudo -n`). */
  identityFile: string
  /** Every host's real key, under its address and its names. */
  knownHostsFile: string

  /** Runs a program as root on the host, whatever the state of its network and sshd. A non-zero exit is a result. */
  exec(host: string, argv: string[], options?: CommandOptions): Promise<CommandResult>
  /** As `exec` with `sh -c`; returns standard output. @throws LabError `command` for a non-zero exit */
  shell(host: string, script: string, options?: CommandOptions): Promise<string>
  /** Runs a program over real SSH, as root. */
  ssh(host: string, argv: string[], options?: CommandOptions): Promise<CommandResult>

  /** What `exec` would start, for a caller that starts it itself; good until the host's next boot. */
  execCommand(host: string, argv: string[]): Promise<string[]>
  /** What `ssh` would start; `options` are further options of OpenSSH. */
  sshCommand(host: string, argv: string[], options?: string[]): string[]

  /** Throws away everything that was changed on the host and boots it: the same machine, freshly installed. */
  reset(host: string): Promise<void>
  /** Orderly reboot from inside; resolves when the host answers again. */
  reboot(host: string): Promise<void>
  /** Ends every process of the host at once. It stays off. */
  powerCut(host: string): Promise<void>
  /** Orderly shutdown. It stays off. */
  stop(host: string): Promise<void>
  /** Boots a host that is off; resolves when it answers. */
  start(host: string): Promise<void>

  /** Pulls the network cable of the host: nothing passes in either direction until `heal`. */
  cut(host: string): Promise<void>
  /** As `cut`, after so many more bytes (IP packets, both directions together). */
  cutAfterBytes(host: string, bytes: number): Promise<void>
  heal(host: string): Promise<void>
}

/** @throws LabError `usage` where no lab of that name is up */
export async function openLab(name: string): Promise<Lab> {
  const paths = labPaths(name)
  return makeLab(paths, await mustReadRecord(paths))
}

/** The handle of a lab that is recorded as being up. */
export function makeLab(paths: LabPaths, record: LabRecord): Lab {
  const { name, namespacePath, identityFile, knownHostsFile } = paths
  const find = (host: string) => findHost(record.hosts, host)
  const at = (host: string) => hostPaths(paths, find(host).name)
  const start: Lab['start'] = (host) => startHost(paths, find(host), record)
  return {
    name,
    hosts: record.hosts,
    sources: record.grafana?.sources ?? [],
    namespacePath,
    identityFile,
    knownHostsFile,
    exec: async (host, argv, options) => execOnHost(at(host), argv, options),
    shell: async (host, script, options) => shellOnHost(at(host), script, options),
    ssh: async (host, argv, options) => runCommand(sshCommand(paths, find(host), argv), options),
    execCommand: async (host, argv) => execCommand(at(host), argv),
    sshCommand: (host, argv, options) => sshCommand(paths, find(host), argv, options),
    start,
    stop: async (host) => shutDown(at(host), 20_000),
    powerCut: async (host) => powerOff(at(host)),
    reset: async (host) => {
      await powerOff(at(host))
      await forgetChanges(at(host))
      await start(host)
    },
    reboot: async (host) => {
      await rebootHost(at(host))
      await start(host)
    },
    cut: async (host) => cut(paths, find(host).address),
    cutAfterBytes: async (host, bytes) => cutAfterBytes(paths, find(host).address, bytes),
    heal: async (host) => heal(paths, find(host).address),
  }
}

/** Boots a host that is off or half dead, and waits until it answers; one that runs is only waited for. */
export async function startHost(lab: LabPaths, host: LabHostSpec, record: LabRecord, signal?: AbortSignal) {
  const paths = hostPaths(lab, host.name)
  if ((await hostPower(paths)) !== 'on') {
    await powerOff(paths)
    await startKeeper(lab, host.name, record)
  }
  await waitUntilReady(lab, host, bootTimeoutMs, signal)
}

async function shellOnHost(paths: HostPaths, script: string, options?: CommandOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await execOnHost(paths, ['sh', '-c', script], options)
  if (exitCode === 0) return stdout
  throw new LabError('command', `on ${paths.group}, \`${script}\` ended with ${exitCode}: ${stderr.trim()}`)
}

/** Resolves when another boot than the present one has begun. */
async function rebootHost(paths: HostPaths): Promise<void> {
  const before = await leaderPid(paths)
  await execOnHost(paths, ['systemctl', '--no-block', 'reboot'])
  const isAnother = async () => ![undefined, before].includes(await leaderPid(paths))
  if (await waitUntil(bootTimeoutMs, isAnother)) return
  throw new LabError(
    'timeout',
    `${paths.group} has not gone down ${bootTimeoutMs / 1000} s after it was told to reboot`,
  )
}

function findHost(hosts: LabHostSpec[], name: string): LabHostSpec {
  const found = hosts.find((host) => host.name === name)
  if (found) return found
  throw new LabError('usage', `the lab has no host "${name}", only: ${hosts.map((host) => host.name).join(', ')}`)
}
