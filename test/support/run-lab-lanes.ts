// Runs files of lab tests side by side: each lane has a lab of its own, with the same hosts at the same addresses in a network of
// its own, and takes the next file when it has done one.
import { notReal } from '../../src/lab/grafana-packages.ts'
import { insideNetwork } from '../../src/lab/inside-network.ts'
import { openLab } from '../../src/lab/lab.ts'
import { labUp } from '../../src/lab/lab-up.ts'
import { inLanes } from './in-lanes.ts'
import type { StageResult } from './run-summary.ts'
import { runVitest, type VitestOptions } from './run-vitest.ts'
import { testHosts } from './test-hosts.ts'

/** The tests wait most of the time, for soaks and for systemd: two processors carry four at once. */
const LANES = 4

export async function runInLanes(
  name: string,
  files: readonly string[],
  vitestArguments: readonly string[],
  signal: AbortSignal,
): Promise<StageResult> {
  const labs = await laneLabs(name, Math.min(LANES, files.length), signal)
  return runFiles(files, labs, vitestArguments, signal)
}

/** The tests boot what they use. */
async function laneLabs(name: string, lanes: number, signal: AbortSignal): Promise<string[]> {
  const names = Array.from({ length: lanes }, (_, at) => `${name}-${at + 1}`)
  // What there is to tell is the same for all of them.
  for (const [at, lane] of names.entries())
    await labUp({ name: lane, hosts: testHosts, boot: false, signal, ...(at === 0 ? { report: say } : {}) })
  return names
}

async function runFiles(
  files: readonly string[],
  labs: readonly string[],
  vitestArguments: readonly string[],
  signal: AbortSignal,
): Promise<StageResult> {
  const startedAtMs = performance.now()
  const alone = files.length === 1
  const results = await inLanes<string, string, StageResult>(
    files,
    labs,
    (file, lab) =>
      signal.aborted ? Promise.reject(signal.reason) : runFile(file, lab, alone, vitestArguments, signal),
    (file, cause) => {
      const failure = `${file} was not run: ${(cause as Error).message}`
      say(failure)
      return { name: file, passed: 0, failed: 1, skipped: 0, seconds: 0, failures: [failure] }
    },
  )
  const total = (count: (result: StageResult) => number) => results.reduce((sum, result) => sum + count(result), 0)
  return {
    name: 'lab',
    passed: total(({ passed }) => passed),
    failed: total(({ failed }) => failed),
    skipped: total(({ skipped }) => skipped),
    seconds: (performance.now() - startedAtMs) / 1000,
    failures: results.flatMap(({ failures = [] }) => failures),
    notes: await standInNotes(labs[0]),
  }
}

/** Which programs on the hosts are not the real ones. */
export async function standInNotes(lab: string | undefined): Promise<string[]> {
  return lab === undefined ? [] : notReal((await openLab(lab)).sources)
}

/** What a file prints is shown as it comes where it is the only one; of several, that of those that fail, each in one piece. */
async function runFile(
  file: string,
  lab: string,
  alone: boolean,
  vitestArguments: readonly string[],
  signal: AbortSignal,
): Promise<StageResult> {
  let printed = ''
  const collect = (text: string) => {
    printed = text
  }
  const options = alone ? {} : { print: collect }
  const result = await runInside(lab, vitestArguments, { signal, env: { HOMEOSTAT_LAB_FILE: file }, ...options })
  const { passed, failed, skipped, seconds } = result
  if (failed > 0) process.stdout.write(printed)
  say(`${file}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds.toFixed(1)} s)`)
  // Idle hosts take their share of the processors all the same.
  const { hosts, powerCut } = await openLab(lab)
  await Promise.all(hosts.map((host) => powerCut(host.name)))
  return result
}

/** Runs vitest in the network of a lab that is up. */
export async function runInside(
  name: string,
  vitestArguments: readonly string[],
  options: VitestOptions,
): Promise<StageResult> {
  const lab = await openLab(name)
  const wrap = (argv: string[]) => insideNetwork(lab, argv)
  return runVitest('lab', vitestArguments, { ...options, env: { ...options.env, HOMEOSTAT_LAB: name }, wrap })
}

export function say(message: string): void {
  process.stdout.write(`lab: ${message}\n`)
}
