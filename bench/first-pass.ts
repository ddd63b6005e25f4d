// How soon a controller that starts with 10,000 stored machines has made its first pass.
import { join } from 'node:path'
import type { Comparison, Context, Row } from './comparison.ts'
import { fillStore, storedCount } from './fill-store.ts'
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
  await fillStore(stateDir, context)
  await settle(context, stateDir)
  const times: number[] = []
  for (let sample = 0; sample < context.samples; sample += 1) times.push(await measureStart(context, stateDir))
  return [below({ ...start, ours: times }, 1000)]
}

/** One start that is not measured: the controller writes down once that nobody names the hosts of the 10,000 any more. */
async function settle(context: Context, stateDir: string): Promise<void> {
  const program = startInstalled(context, stateDir)
  const passes = async () => {
    const counted = /^homeostat_reconcile_total\{[^}]*succeeded[^}]*\} (\d+)/m.exec(
      (await program.get('/metrics')) ?? '',
    )
    return Number(counted?.[1] ?? 0) > storedCount
  }
  try {
    await untilAnswered(passes, 500, 240_000, 'a pass over every stored machine')
  } finally {
    await program.stop()
  }
}

/** From the start of the program until its log tells of a finished pass over a component that really is in the lab. */
async function measureStart(context: Context, stateDir: string): Promise<number> {
  const hosts = context.lab.hosts.map((host) => host.name).join('|')
  const program = startInstalled(context, stateDir, ['--log-level', 'debug'])
  try {
    await program.logged(new RegExp(`"key":"[^"]+@(${hosts})".*"msg":"pass"`), 60_000)
    return performance.now() - program.startedAt
  } finally {
    await program.stop()
  }
}
