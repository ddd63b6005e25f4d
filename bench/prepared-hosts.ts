// Hosts that begin again and again from the same point: packages installed, nothing configured.
import { rm } from 'node:fs/promises'
import type { Lab } from '../src/lab/lab.ts'
import { hostPaths, labPaths } from '../src/lab/lab-paths.ts'
import { runCommand } from '../src/lab/run-command.ts'

/** Runs the script for each host on a fresh one, and keeps what came of it. */
export async function prepareHosts(lab: Lab, scriptOf: (host: string) => string): Promise<void> {
  await each(lab, async (host) => {
    await lab.reset(host)
    await lab.shell(host, scriptOf(host), { timeoutMs: 600_000 })
    await lab.stop(host)
    await rm(kept(lab, host), { recursive: true, force: true })
    await copy(upper(lab, host), kept(lab, host))
  })
}

/** Every host as it was kept, booted. */
export async function restoreHosts(lab: Lab): Promise<void> {
  await each(lab, async (host) => {
    await lab.powerCut(host)
    for (const directory of [upper(lab, host), `${stateOf(lab, host)}/work`])
      await rm(directory, { recursive: true, force: true })
    await copy(kept(lab, host), upper(lab, host))
    await lab.start(host)
  })
}

export async function forgetKept(lab: Lab): Promise<void> {
  await each(lab, (host) => rm(kept(lab, host), { recursive: true, force: true }))
}

const each = (lab: Lab, work: (host: string) => Promise<void>) => Promise.all(lab.hosts.map(({ name }) => work(name)))
const stateOf = (lab: Lab, host: string) => hostPaths(labPaths(lab.name), host).state
const upper = (lab: Lab, host: string) => `${stateOf(lab, host)}/upper`
const kept = (lab: Lab, host: string) => `${stateOf(lab, host)}/kept`

/** With what an overlay keeps beside contents: whiteouts, owners, extended attributes. */
async function copy(from: string, to: string): Promise<void> {
  const { exitCode, stderr } = await runCommand(['cp', '-a', '--preserve=all', from, to], { timeoutMs: 300_000 })
  if (exitCode !== 0) throw new Error(`cannot copy ${from}: ${stderr}`)
}
