// What the controller costs while nothing happens: memory and processor time with the whole lab in its care.
import { setTimeout as pause } from 'node:timers/promises'
import { processCpuMs, residentMb } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { below, belowGoal } from './goal.ts'
import { startInstalled, untilAnswered } from './installed.ts'

const memory = { measure: 'idle controller, resident memory', unit: 'MB' } as const
const processor = { measure: 'idle controller, share of one core', unit: '%' } as const
const windowMs = 10_000

export const idle: Comparison = {
  name: 'idle',
  measures: [
    { ...memory, goal: belowGoal(120, 'MB') },
    { ...processor, goal: belowGoal(1, '%') },
  ],
  run,
}

/** `homeostat run` as users start it, with its own resync; measured over windows of 10 s that follow one another. */
async function run(context: Context): Promise<Row[]> {
  const program = startInstalled(context, context.stateDir)
  try {
    await untilAnswered(async () => isQuiet((await program.get('/api/components')) ?? ''), 200, 240_000, 'all healthy')
    await pause(5_000)
    const megabytes = []
    const percent = []
    for (let window = 0; window < 2 * context.samples; window += 1) {
      const before = processCpuMs(program.pid)
      const startedAt = performance.now()
      await pause(windowMs)
      percent.push((100 * (processCpuMs(program.pid) - before)) / (performance.now() - startedAt))
      megabytes.push(residentMb(program.pid))
    }
    // A quiet window says little when the work comes in bursts: the mean counts all of it.
    const mean = percent.reduce((sum, value) => sum + value, 0) / percent.length
    return [
      below({ ...memory, ours: megabytes }, 120),
      { ...below({ ...processor, ours: [mean] }, 1), samples: percent.length },
    ]
  } finally {
    await program.stop()
  }
}

function isQuiet(answer: string): boolean {
  if (answer === '') return false
  const { components } = JSON.parse(answer) as { components: { state: string }[] }
  return components.length > 0 && components.every(({ state }) => state.startsWith('healthy'))
}
