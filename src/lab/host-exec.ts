// Runs programs on a lab host by entering its namespaces: works when its network, sshd or D-Bus do not. For tests and
// for looking; Homeostat itself only ever comes in by SSH.
import { setTimeout as sleep } from 'node:timers/promises'
import { consoleTail, hostPower, leaderPid } from './host-control.ts'
import { insideNetwork } from './inside-network.ts'
import { LabError } from './lab-error.ts'
import type { LabHostSpec } from './lab-hosts.ts'
import { type HostPaths, hostPaths, type LabPaths } from './lab-paths.ts'
import { type CommandOptions, type CommandResult, runCommand, systemPath } from './run-command.ts'

/** @throws LabError `usage` when the host is off; otherwise as `runCommand` */
export async function execOnHost(
  paths: HostPaths,
  argv: string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return runCommand(await execCommand(paths, argv), options)
}

/**
 * The command that runs `argv` as root on the host as it runs now; good until its next boot.
 * @throws LabError `usage` when the host is off
 */
export async function execCommand(paths: HostPaths, argv: string[]): Promise<string[]> {
  const leader = await leaderPid(paths)
  if (leader === undefined) throw new LabError('usage', `${paths.group} is not running; tried: ${argv.join(' ')}`)
  return enterHost(leader, argv)
}

/** As `execCommand`, for the host whose PID 1 is `leader` here. */
export function enterHost(leader: number, argv: string[]): string[] {
  const environment = [`PATH=${systemPath}`, 'HOME=/root', 'LC_ALL=C.UTF-8']
  return ['nsenter', `--target=${leader}`, '--all', '--root', '--wd', '--', 'env', '-i', ...environment, ...argv]
}

/** The OpenSSH command that logs in on the host, as root unless `options`, which are OpenSSH's own, say otherwise. */
export function sshCommand(lab: LabPaths, host: LabHostSpec, argv: string[], options: string[] = []): string[] {
  const settings = {
    IdentityFile: lab.identityFile,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: lab.knownHostsFile,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    LogLevel: 'ERROR',
    ConnectTimeout: '5',
    User: 'root',
  }
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  // The caller's first: OpenSSH takes the first value it meets (ssh_config(5)).
  return insideNetwork(lab, ['ssh', '-F', 'none', ...options, ...flags, host.address, ...argv])
}

/** A host that is off for this long is not about to begin. */
const startMs = 5000

/**
 * Waits until the host has booted and lets us in by SSH with the key we know.
 * @throws LabError `timeout`, with what was seen last and the end of its console; early when the host is off again
 */
export async function waitUntilReady(lab: LabPaths, host: LabHostSpec, timeoutMs: number, signal?: AbortSignal) {
  const paths = hostPaths(lab, host.name)
  const begun = Date.now()
  let lastAlive = begun
  let last = ''
  while (Date.now() < begun + timeoutMs && Date.now() < lastAlive + startMs) {
    if (signal?.aborted) throw new LabError('aborted', `given up while ${host.name} was booting`)
    last = await readiness(lab, host, paths, signal).catch(unlessSlow)
    if (last === 'ready') return
    if (last !== notRunning) lastAlive = Date.now()
    await sleep(60)
  }
  const seconds = Math.round((Date.now() - begun) / 1000)
  const console = await consoleTail(paths)
  throw new LabError(
    'timeout',
    `${host.name} did not come up within ${seconds} s (${last}). Its console ends:\n${console}`,
  )
}

const notRunning = 'it is not running'

/** On a busy machine a host that boots may let one question time out, and answer the next one. */
function unlessSlow(error: unknown): string {
  if (error instanceof LabError && error.kind === 'timeout') return error.message
  throw error
}

async function readiness(lab: LabPaths, host: LabHostSpec, paths: HostPaths, signal?: AbortSignal): Promise<string> {
  const leader = await leaderPid(paths)
  if (leader === undefined) return (await hostPower(paths)) === 'on' ? 'it has no init process yet' : notRunning
  const timeoutMs = 10_000
  // Waiting in there costs the host nothing while it boots; before systemd listens it fails at once.
  const wait = ['timeout', '8', 'systemctl', 'is-system-running', '--wait']
  const system = await runCommand(enterHost(leader, wait), { timeoutMs, signal })
  const state = system.stdout.trim() || system.stderr.trim() || 'starting'
  if (state !== 'running' && state !== 'degraded') return `systemd says: ${state}`
  const login = await runCommand(sshCommand(lab, host, ['true']), { timeoutMs, signal })
  return login.exitCode === 0 ? 'ready' : `ssh says: ${login.stderr.trim()}`
}
