// The lab stage: boots one lab for the whole run, runs the lab tests inside its network, and takes it down whatever happens.
import { createHash } from 'node:crypto'
import { lockFile } from '../../src/lab/file-lock.ts'
import { insideNetwork } from '../../src/lab/inside-network.ts'
import { openLab } from '../../src/lab/lab.ts'
import { runtimeDirectory } from '../../src/lab/lab-paths.ts'
import { labNames } from '../../src/lab/lab-record.ts'
import { labDown, labUp } from '../../src/lab/lab-up.ts'
import { whyUnsupported } from '../../src/lab/requirements.ts'
import type { StageResult } from './run-summary.ts'
import { runVitest } from './run-vitest.ts'
import { testHosts } from './test-hosts.ts'

/** Another run of the same checkout is waited for this long. */
const LOCK_WAIT_MS = 1_200_000

/**
 * Where hosts cannot be booted the tests are not run, which under `CI=true` is a failure. With HOMEOSTAT_LAB naming a lab
 * that is up already, that one is used and left as it is: for working on one test.
 */
export async function runLabStage(vitestArguments: readonly string[], signal: AbortSignal): Promise<StageResult> {
  const reason = whyUnsupported()
  if (reason !== undefined) return notRun(reason, process.env.CI === 'true' ? 1 : 0)
  const borrowed = process.env.HOMEOSTAT_LAB
  if (borrowed) return runInside(borrowed, vitestArguments, signal)
  const name = labName()
  const lock = await lockFile(`${runtimeDirectory}/${name}.run`, 'the lab of this checkout', LOCK_WAIT_MS)
  try {
    return await runInOwnLab(name, vitestArguments, signal)
  } finally {
    await lock.release({ remove: true })
  }
}

async function runInOwnLab(
  name: string,
  vitestArguments: readonly string[],
  signal: AbortSignal,
): Promise<StageResult> {
  try {
    // What a killed run left behind is not to be trusted.
    await downWithAll(name)
    await labUp({ name, hosts: testHosts, report: say, signal })
    return await runInside(name, vitestArguments, signal)
  } catch (error) {
    return notRun(`the lab could not be booted: ${(error as Error).message}`, 1)
  } finally {
    say('taking the lab down')
    await downWithAll(name)
  }
}

/** Tests of the lab itself boot labs of their own, named after ours; one that failed may have left its. */
async function downWithAll(name: string): Promise<void> {
  for (const other of await labNames()) if (other.startsWith(`${name}-`)) await labDown(other)
  await labDown(name)
}

async function runInside(name: string, vitestArguments: readonly string[], signal: AbortSignal): Promise<StageResult> {
  const lab = await openLab(name)
  const wrap = (argv: string[]) => insideNetwork(lab, argv)
  return runVitest('lab', vitestArguments, { env: { HOMEOSTAT_LAB: name }, signal, wrap })
}

/** One per checkout, so that two checkouts on one machine do not meet, and a second run finds what a killed one left. */
function labName(): string {
  return `test-${createHash('sha256')
    .update(import.meta.filename)
    .digest('hex')
    .slice(0, 8)}`
}

function notRun(reason: string, failed: 0 | 1): StageResult {
  return { name: 'lab', passed: 0, failed, skipped: 0, seconds: 0, notRun: reason }
}

function say(message: string): void {
  process.stdout.write(`lab: ${message}\n`)
}
