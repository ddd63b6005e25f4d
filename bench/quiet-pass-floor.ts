// A quiet pass over the whole lab against the floor: the same observation scripts, run by a shell loop over OpenSSH.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startBenchController, warmUp } from './bench-controller.ts'
import { timed } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { atMostTimes, moreGoal } from './goal.ts'

const wall = { measure: 'quiet pass, wall time', unit: 'ms' } as const
const loop = new URL('floor/observe.sh', import.meta.url).pathname

export const quietPassFloor: Comparison = {
  name: 'quiet-pass-floor',
  measures: [{ ...wall, goal: moreGoal(1.5) }],
  run,
}

async function run(context: Context): Promise<Row[]> {
  const controller = await startBenchController(context)
  try {
    await controller.healthy(240_000)
    await warmUp(controller)
    const hosts = context.lab.hosts.map((host) => host.name)
    const directory = join(context.workDir, 'floor')
    await mkdir(directory, { recursive: true })
    for (const host of hosts)
      await writeFile(join(directory, `${host}.sh`), scriptOf(host, controller.observationScripts))
    const floor = () => timed(['sh', loop, context.sshConfig, directory, ...hosts])
    await floor()
    const ours = []
    const theirs = []
    for (let sample = 0; sample < 5 * context.samples; sample += 1) {
      theirs.push((await floor()).wallMs)
      ours.push((await controller.pass()).decidedMs)
    }
    return [atMostTimes({ ...wall, ours, theirs: { name: 'shell loop', values: theirs } }, 1.5)]
  } finally {
    await controller.stop()
  }
}

function scriptOf(host: string, scripts: ReadonlyMap<string, string>): string {
  const script = scripts.get(host)
  if (script === undefined) throw new Error(`${host} was not observed`)
  return script
}
