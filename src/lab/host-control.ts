// Power of one host: start, stop, cut, look whether it runs. Knows processes and control groups, not what is on the host.
import { type StdioOptions, spawn } from 'node:child_process'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { grafanaMount } from './apt-stand-in.ts'
import { repositoryMount } from './base-definition.ts'
import { cgroupTrees, endGroup, isPopulated, makeGroups } from './control-group.ts'
import { bootScript, keeperScript } from './host-keeper.ts'
import { insideNetwork } from './inside-network.ts'
import { LabError } from './lab-error.ts'
import { bridge } from './lab-hosts.ts'
import { type HostPaths, hostPaths, type LabPaths } from './lab-paths.ts'
import type { LabRecord } from './lab-record.ts'
import { livePid, readIfThere } from './process-identity.ts'
import { systemPath } from './run-command.ts'
import { waitUntil } from './wait-until.ts'

/** `broken`: something of it still runs, but not all that should; only `powerOff` and a new start help. */
export type HostPower = 'on' | 'off' | 'broken'

export async function hostPower(paths: HostPaths): Promise<HostPower> {
  const [keeper, leader] = await Promise.all([livePid(paths.keeper), leaderPid(paths)])
  if (keeper !== undefined) return 'on'
  return leader !== undefined || (await isPopulated(paths.group)) ? 'broken' : 'off'
}

/** Process id, on this machine, of the host's own PID 1; undefined while it has none (off, or between two boots). */
export async function leaderPid(paths: HostPaths): Promise<number | undefined> {
  const machine = await livePid(paths.machine)
  if (machine === undefined) return undefined
  const children = (await readIfThere(`/proc/${machine}/task/${machine}/children`)) ?? ''
  for (const child of children.trim().split(' ')) {
    const status = child && (await readIfThere(`/proc/${child}/status`))
    if (status && /^NSpid:\t\d+\t1$/m.test(status)) return Number(child)
  }
  return undefined
}

/** Starts the keeper, which boots the host; does not wait for the boot. The host must be off. */
export async function startKeeper(lab: LabPaths, name: string, { base, grafana }: LabRecord): Promise<void> {
  const paths = hostPaths(lab, name)
  await mkdir(paths.runtime, { recursive: true, mode: 0o755 })
  const { state, runtime, group } = paths
  const own = { state, runtime, group, machine: name, bridge, cgroupTrees: cgroupTrees() }
  const shared = { image: base.image, repository: base.repository, grafana: grafana?.directory ?? base.repository }
  const settings = { ...own, ...shared, repositoryMount, grafanaMount }
  await writeFile(`${runtime}/keep.sh`, keeperScript(settings))
  await writeFile(`${runtime}/boot.sh`, bootScript(settings))
  await makeGroups(group, ['keeper', 'machine'])
  // A pipe as output would stop the boot as soon as nobody reads it.
  const log = await open(paths.console, 'w')
  const script = ['unshare', '--mount', '--propagation=private', 'sh', `${runtime}/keep.sh`]
  const [program = '', ...argv] = insideNetwork(lab, script)
  const stdio: StdioOptions = ['ignore', log.fd, log.fd]
  const child = spawn(program, argv, { detached: true, stdio, cwd: '/', env: keeperEnvironment })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(new LabError('command', `cannot start ${name}: ${cause.message}`, { cause })))
  })
  child.unref()
  await log.close()
}

/** Nothing of the caller's environment reaches a host. */
const keeperEnvironment = { PATH: systemPath, LC_ALL: 'C.UTF-8', TERM: 'dumb' }

/** Asks the host to shut down (as its power button does) and waits; past the deadline the power is cut. */
export async function shutDown(paths: HostPaths, timeoutMs: number): Promise<void> {
  const machine = await livePid(paths.machine)
  if (machine !== undefined) {
    process.kill(machine, 'SIGTERM') // nspawn passes an orderly shutdown on (systemd-nspawn(1), --kill-signal)
    await waitUntil(timeoutMs, async () => !(await isPopulated(paths.group)))
  }
  await powerOff(paths)
}

/** Ends every process of the host at once, keeper included, and takes its control groups away. Harmless when it is off. */
export async function powerOff(paths: HostPaths): Promise<void> {
  await endGroup(paths.group)
  await rm(paths.keeper, { force: true })
  await rm(paths.machine, { force: true })
}

/** Makes a host that is off pristine: its next boot begins from the image and its seed. */
export async function forgetChanges(paths: HostPaths): Promise<void> {
  // The mark first: a deletion that is cut short must not pass for a host that has its seed.
  for (const name of ['seeded', 'upper', 'work']) await rm(`${paths.state}/${name}`, { recursive: true, force: true })
}

/** The last lines that the host and its keeper wrote, for an error message. */
export async function consoleTail(paths: HostPaths): Promise<string> {
  return ((await readIfThere(paths.console)) ?? '').trim().split('\n').slice(-8).join('\n')
}
