// The lab as a lab test sees it: real hosts, shared by the whole run. test/run.ts boots it and runs the tests in its network.
import { beforeAll } from 'vitest'
import { type Lab, openLab } from '../../src/lab/lab.ts'

/**
 * Call it at the top of a test file: `const lab = await useLab('t1')`. The hosts named are freshly installed and reachable
 * when the file's first test begins; the others are left alone. Throws outside of the lab stage of the test run.
 */
export async function useLab(...hosts: string[]): Promise<Lab> {
  const name = process.env.HOMEOSTAT_LAB
  if (!name) throw new Error('lab tests run in a lab: npm test -- --only lab [FILE]')
  const lab = await openLab(name)
  beforeAll(() => freshHosts(lab, hosts))
  return lab
}

/** Takes every fault off the way to the hosts and installs them anew: for a `beforeEach`, or in the middle of a test. */
export async function freshHosts(lab: Lab, hosts: readonly string[]): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      await lab.heal(host)
      await lab.reset(host)
    }),
  )
}
