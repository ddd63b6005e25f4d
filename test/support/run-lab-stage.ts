// The lab stage: runs the files of lab tests side by side, each lane in the network of a lab of its own, and takes all labs
// down whatever happens.
import { createHash } from 'node:crypto'
import { lockFile } from '../../src/lab/file-lock.ts'
import { runtimeDirectory } from '../../src/lab/lab-paths.ts'
import { labNames } from '../../src/lab/lab-record.ts'
import { labDown } from '../../src/lab/lab-up.ts'
import { whyUnsupported } from '../../src/lab/requirements.ts'
import { labFiles } from './lab-files.ts'
import { runInLanes, runInside, say, standInNotes } from './run-lab-lanes.ts'
import type { StageResult } from './run-summary.ts'

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
  if (borrowed)
    return { ...(await runInside(borrowed, vitestArguments, { signal })), notes: await standInNotes(borrowed) }
  const name = labName()
  const lock = await lockFile(`${runtimeDirectory}/${name}.run`, 'the lab of this checkout', LOCK_WAIT_MS)
  try {
    return await runInOwnLabs(name, vitestArguments, signal)
  } finally {
    await lock.release({ remove: true })
  }
}

async function runInOwnLabs(
  name: string,
  vitestArguments: readonly string[],
  signal: AbortSignal,
): Promise<StageResult> {
  try {
    // What a killed run left behind is not to be trusted.
    await downWithAll(name)
    const files = await labFiles(vitestArguments, signal)
    return await runInLanes(name, files, vitestArguments, signal)
  } catch (error) {
    return notRun(`the lab could not be booted: ${(error as Error).message}`, 1)
  } finally {
    say('taking the labs down')
    await downWithAll(name)
  }
}

/** The lanes' labs, and those that tests of the lab itself boot, are named after ours; a test that failed may have left its. */
async function downWithAll(name: string): Promise<void> {
  for (const other of await labNames()) if (other.startsWith(`${name}-`)) await labDown(other)
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
