// Brings a lab up, takes it down, says how it is. Every step looks first and does only what is missing, so that a
// second run is harmless and a run that was killed is finished, or cleaned, by the next.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { ensureBase, removeBases } from './base.ts'
import { cgroupTrees, endGroup } from './control-group.ts'
import { lockFile, whileLocked } from './file-lock.ts'
import { ensureGrafanaPackages } from './grafana-packages.ts'
import { hostPower, powerOff } from './host-control.ts'
import { ensureKey, ensureSeed } from './host-seed.ts'
import { type Lab, makeLab, startHost } from './lab.ts'
import { LabError } from './lab-error.ts'
import { checkHosts, knownHostsFile, type LabHostSpec, shippedHosts } from './lab-hosts.ts'
import { hostPaths, type LabPaths, labPaths, stateDirectory } from './lab-paths.ts'
import { type LabRecord, labNames, readRecord, writeRecord } from './lab-record.ts'
import { ensureMailCertificate } from './mail-certificate.ts'
import { ensureNetwork, removeNetwork } from './network.ts'
import { removeIfEmpty } from './remove-if-empty.ts'
import { ensureRequirements, whyUnsupported } from './requirements.ts'

export interface LabUpOptions {
  /** Default `default`. Labs of different names live side by side. */
  name?: string
  /** Default: the shipped four. Other hosts than a running lab has: that lab starts over. */
  hosts?: LabHostSpec[]
  /** Whether the hosts are booted, default true; `start` and `reset` of the lab boot them one by one. */
  boot?: boolean
  /** Receives one line per step that takes time. */
  report?: (message: string) => void
  signal?: AbortSignal | undefined
}

const lockWaitMs = 600_000

/**
 * Returns the lab once every host that is to be booted has booted and answers by SSH. Hosts that already run are left as they are.
 * @throws LabError; what was begun stays, and the next `labUp` or `labDown` deals with it
 */
export async function labUp(options: LabUpOptions = {}): Promise<Lab> {
  const { name = 'default', hosts = shippedHosts, boot = true, report = () => undefined, signal } = options
  const paths = labPaths(name)
  checkHosts(hosts)
  await ensureRequirements(report, signal)
  const base = await ensureBase(report, signal)
  const grafana = await ensureGrafanaPackages(report)
  return whileLocked(paths.lock, `the lab "${name}"`, lockWaitMs, async () => {
    const record = { hosts, base, grafana }
    await clearOtherLab(paths, record, report)
    await mkdir(paths.state, { recursive: true, mode: 0o755 })
    await writeRecord(paths, record)
    if (await ensureNetwork(paths)) await Promise.all(hosts.map((host) => powerOff(hostPaths(paths, host.name))))
    await writeKeys(paths, hosts)
    if (!boot) return makeLab(paths, record)
    const off = []
    for (const host of hosts) if ((await hostPower(hostPaths(paths, host.name))) !== 'on') off.push(host.name)
    if (off.length > 0) report(`booting ${off.join(', ')}`)
    await Promise.all(hosts.map((host) => startHost(paths, host, record, signal)))
    return makeLab(paths, record)
  })
}

/** Ends everything of the lab and forgets its hosts. No complaint where there is none. The caches stay. */
export async function labDown(name = 'default'): Promise<void> {
  const paths = labPaths(name)
  const reason = whyUnsupported()
  if (reason) throw new LabError('unsupported', reason)
  const lock = await lockFile(paths.lock, `the lab "${name}"`, lockWaitMs)
  let done = false
  try {
    await clear(paths)
    done = true
  } finally {
    await lock.release({ remove: done })
  }
  for (const directory of [stateDirectory, '/run/systemd/nspawn']) await removeIfEmpty(directory)
  for (const tree of cgroupTrees()) await removeIfEmpty(`${tree}/homeostat-lab`)
}

/**
 * Removes the image and the repository too; the next `labUp` builds them again.
 * @throws LabError `usage` while any lab uses them
 */
export async function purgeCaches(): Promise<void> {
  const names = await labNames()
  if (names.length > 0) throw new LabError('usage', `these labs still use the image: ${names.join(', ')}`)
  await removeBases()
}

/** A lab of the same name with other hosts or another image cannot be widened in place: its layers belong together. */
async function clearOtherLab(paths: LabPaths, record: LabRecord, report: (message: string) => void) {
  const before = await readRecord(paths)
  if (before === undefined || isDeepStrictEqual(before, record)) return
  report(`the lab "${paths.name}" had other hosts, another image or other packages; it starts over`)
  await clear(paths)
}

async function clear(paths: LabPaths): Promise<void> {
  await endGroup(paths.group)
  await removeNetwork(paths)
  await rm(paths.state, { recursive: true, force: true })
  await rm(paths.runtime, { recursive: true, force: true })
}

async function writeKeys(paths: LabPaths, hosts: LabHostSpec[]): Promise<void> {
  const loginKey = await ensureKey(paths.identityFile)
  const mail = await ensureMailCertificate(paths.mailCertificate)
  const seed = async (host: LabHostSpec) => {
    const { state, seed } = hostPaths(paths, host.name)
    await mkdir(state, { recursive: true })
    return { host, publicKey: await ensureSeed(seed, host, hosts, { loginKey, mail }) }
  }
  await writeFile(paths.knownHostsFile, knownHostsFile(await Promise.all(hosts.map(seed))))
}
