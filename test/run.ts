// Runs every check there is, one stage after the other, and ends with one line: `N passed, N failed`.
//   node test/run.ts [--only checks|fast|simulation|lab] [--seeds N] [--seed K] [--pairs N] [arguments for vitest…]
import { ensurePrograms } from './support/ensure-programs.ts'
import { parseArguments, type StageName } from './support/run-arguments.ts'
import { runLabStage } from './support/run-lab-stage.ts'
import { runProgram } from './support/run-program.ts'
import { type StageResult, summary } from './support/run-summary.ts'
import { runVitest } from './support/run-vitest.ts'
import { forgetTallies, simulationFindings } from './support/simulation-notes.ts'

const bin = new URL('../node_modules/.bin/', import.meta.url).pathname
const stop = new AbortController()

/** A stage that is one program and counts as one check. */
async function check(name: string, argv: string[]): Promise<StageResult> {
  const { isGood, seconds } = await runProgram(argv, { signal: stop.signal })
  return { name, passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0, seconds }
}

const stages: Record<StageName, (vitestArguments: string[]) => Promise<StageResult[]>> = {
  checks: async () => [
    await check('lint', [`${bin}biome`, 'check', '--error-on-warnings']),
    await check('types', [`${bin}tsc`, '-p', '.']),
  ],
  fast: async (more) => [await runVitest('fast', more, { signal: stop.signal })],
  simulation: async (more) => {
    await forgetTallies()
    const result = await runVitest('simulation', more, { signal: stop.signal })
    const { notes, missed } = await simulationFindings()
    const coverage = {
      name: 'coverage',
      passed: missed.length === 0 ? 1 : 0,
      failed: missed.length,
      skipped: 0,
      seconds: 0,
    }
    return [{ ...result, notes }, ...(notes.length === 0 ? [] : [coverage])]
  },
  lab: async (more) => [await runLabStage(more, stop.signal)],
}

async function main(): Promise<void> {
  const { only, vitestArguments, env } = parseArguments(process.argv.slice(2))
  Object.assign(process.env, env)
  // The programs of a stage are in our process group and stop by themselves; we live on to take the lab down.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  // Lint and types need none.
  if (only.some((name) => name !== 'checks')) await ensurePrograms({ signal: stop.signal })
  const results: StageResult[] = []
  for (const name of only) {
    if (stop.signal.aborted) break
    process.stdout.write(`\n=== ${name} ===\n`)
    results.push(...(await stages[name](vitestArguments)))
  }
  if (stop.signal.aborted) results.push({ name: 'stopped by a signal', passed: 0, failed: 1, skipped: 0, seconds: 0 })
  const { text, isGood } = summary(results)
  process.stdout.write(text)
  process.exitCode = isGood ? 0 : 1
}

await main()
