// `homeostat snapshot` of the built package, with 10,000 stored machines.
import { join } from 'node:path'
import { timed } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { fillStore } from './fill-store.ts'
import { below, belowGoal } from './goal.ts'
import { installedProgram } from './installed.ts'

const one = { measure: 'snapshot of one of 10,000 machines', unit: 'ms' } as const
const all = { measure: 'snapshot of all 10,000 machines', unit: 'ms' } as const

export const snapshot: Comparison = {
  name: 'snapshot',
  measures: [
    { ...one, goal: belowGoal(150, 'ms') },
    { ...all, goal: belowGoal(150, 'ms') },
  ],
  run,
}

async function run(context: Context): Promise<Row[]> {
  const stateDir = join(context.workDir, 'snapshot')
  await fillStore(stateDir, context)
  const take = async (words: string[]) => {
    const argv = [process.execPath, installedProgram(context.workDir), '--state', stateDir, 'snapshot', ...words]
    return (await timed(argv)).wallMs
  }
  await take([])
  const times = { one: [] as number[], all: [] as number[] }
  for (let sample = 0; sample < 2 * context.samples; sample += 1) {
    times.one.push(await take(['stored-17@stored-host-17']))
    times.all.push(await take([]))
  }
  return [below({ ...one, ours: times.one }, 150), below({ ...all, ours: times.all }, 150)]
}
