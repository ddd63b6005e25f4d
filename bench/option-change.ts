// One option changed, from the write of the file to the change being on the host, against a hand-written shell script.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { FileResource } from '../src/model/resource.ts'
import { type BenchController, startBenchController } from './bench-controller.ts'
import { timed } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { atMostTimes, moreGoal } from './goal.ts'
import { within } from './within.ts'

const change = { measure: 'change of one option, from write to applied', unit: 'ms' } as const
const script = new URL('hand/change-option.sh', import.meta.url).pathname
const key = 'prometheus@monitoring'
const rounds = 2
const REST_MS = 2_500

export const optionChange: Comparison = {
  name: 'option-change',
  measures: [{ ...change, goal: moreGoal(1.5) }],
  run,
}

/** The two sides take turns, and never at once: the controller would put back what the script changes. */
async function run(context: Context): Promise<Row[]> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const controller = await startBenchController(context)
    let current: FileResource
    try {
      await controller.healthy(240_000)
      for (let sample = 0; sample < context.samples; sample += 1) ours.push(await byCommit(context, controller))
      current = configuration(controller)
    } finally {
      await controller.stop()
    }
    theirs.push(...(await byHand(context, current)))
  }
  return [atMostTimes({ ...change, ours, theirs: { name: 'script by hand', values: theirs } }, 1.5)]
}

async function byCommit(context: Context, controller: BenchController): Promise<number> {
  await controller.deployed(60_000)
  const path = join(context.desiredStateDir, 'prometheus.yaml')
  const text = await readFile(path, 'utf8')
  const next = text.replace(
    /evaluationInterval: (\w+)/,
    (_, now) => `evaluationInterval: ${now === '15s' ? '20s' : '15s'}`,
  )
  if (next === text) throw new Error(`there is no evaluationInterval in ${path}`)
  // A host that sees its files change says so, up to a second later: what the change before stirred up is over.
  await pause(REST_MS)
  const applied = controller.nextApplied(key)
  const startedAt = performance.now()
  await writeFile(path, next)
  await within(60_000, applied, 'the change was not applied')
  return performance.now() - startedAt
}

function configuration(controller: BenchController): FileResource {
  const file = controller.target(key).resources.find((it) => it.kind === 'file' && it.path.endsWith('/prometheus.yml'))
  if (file?.kind !== 'file') throw new Error(`${key} has no prometheus.yml`)
  return file
}

/** There and back, so that the host is left as the controller knows it. */
async function byHand(context: Context, { content }: FileResource): Promise<number[]> {
  const times: number[] = []
  const present = /evaluation_interval: (\w+)/.exec(content)?.[1]
  if (present === undefined) throw new Error('prometheus.yml has no evaluation_interval')
  const set = async (interval: string) => {
    const argv = ['sh', script, context.sshConfig, 'monitoring', interval]
    return (await timed(argv, { stdin: content })).wallMs
  }
  await set(present)
  for (let pair = 0; pair < context.samples / 2; pair += 1) times.push(await set('25s'), await set(present))
  return times
}
