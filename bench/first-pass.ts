// How soon a controller that starts with 10,000 stored machines has made its first pass.
import { join } from 'node:path'
import type { Comparison, Context, Row } from './comparison.ts'
import { fillStore } from './fill-store.ts'
import { below, belowGoal } from './goal.ts'
import { startInstalled, untilAnswered } from './installed.ts'

const start = { measure: 'start to first pass with 10,000 machines', unit: 'ms' } as const

export const firstPass: Comparison = {
  name: 'first-pass',
  measures: [{ ...start, goal: belowGoal(1000, 'ms') }],
  run,
}

async function run(context: Context): Promise<Row[]> {
  const stateDir = join(context.workDir, 'first-pass')
  const times: number[] = []
  for (let sample = 0; sample < context.samples; sample += 1) {
    await fillStore(stateDir, context)
    times.push(await measureStart(context, stateDir))
  }
  return [below({ ...start, ours: times }, 1000)]
}

/** From the start of the program until its metrics count a finished pass. */
async function measureStart(context: Context, stateDir: string): Promise<number> {
  const program = startInstalled(context, stateDir)
  try {
    const hasPassed = async () => {
      const metrics = (await program.get('/metrics')) ?? ''
      return /^homeostat_reconcile_total\{[^}]*\} [1-9]/m.test(metrics)
    }
    await untilAnswered(hasPassed, 5, 60_000, 'a first pass')
    return performance.now() - program.startedAt
  } finally {
    await program.stop()
  }
}
