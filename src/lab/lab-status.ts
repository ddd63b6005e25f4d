// How a lab is, without changing anything.
import { type HostPower, hostPower, leaderPid } from './host-control.ts'
import { enterHost } from './host-exec.ts'
import type { LabHostSpec } from './lab-hosts.ts'
import { hostPaths, type LabPaths, labPaths } from './lab-paths.ts'
import { readRecord } from './lab-record.ts'
import { runCommand } from './run-command.ts'

export interface LabHostStatus extends LabHostSpec {
  power: HostPower
  /** What `systemctl is-system-running` says there; empty where it is not on. */
  system: string
}

export interface LabStatus {
  name: string
  up: boolean
  namespacePath: string
  identityFile: string
  knownHostsFile: string
  hosts: LabHostStatus[]
}

/** Returns the lab's hosts and how each is; `up` is false, with no hosts, where there is no such lab. */
export async function labStatus(name = 'default'): Promise<LabStatus> {
  const paths = labPaths(name)
  const { namespacePath, identityFile, knownHostsFile } = paths
  const record = await readRecord(paths)
  const hosts = await Promise.all((record?.hosts ?? []).map((host) => hostStatus(paths, host)))
  return { name, up: record !== undefined, namespacePath, identityFile, knownHostsFile, hosts }
}

async function hostStatus(lab: LabPaths, host: LabHostSpec): Promise<LabHostStatus> {
  const paths = hostPaths(lab, host.name)
  const power = await hostPower(paths)
  const leader = await leaderPid(paths)
  if (power !== 'on' || leader === undefined) return { ...host, power, system: '' }
  const { stdout } = await runCommand(enterHost(leader, ['systemctl', 'is-system-running']), { timeoutMs: 10_000 })
  return { ...host, power, system: stdout.trim() }
}
