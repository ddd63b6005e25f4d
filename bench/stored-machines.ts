// With 10,000 stored machines: how soon `homeostat snapshot` of the built package answers, and a controller makes its first pass.
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { initialLifecycle } from '../machines/advance.ts'
import { componentKey } from '../src/model/key.ts'
import type { ComponentStatus } from '../src/model/status.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { timed } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { below, belowGoal } from './goal.ts'
import { installedProgram, startInstalled, untilAnswered } from './installed.ts'

const count = 10_000
const one = { measure: 'snapshot of one of 10,000 machines', unit: 'ms' } as const
const all = { measure: 'snapshot of all 10,000 machines', unit: 'ms' } as const
const start = { measure: 'start to first pass with 10,000 machines', unit: 'ms' } as const

export const storedMachines: Comparison = {
  name: 'stored-machines',
  measures: [
    { ...one, goal: belowGoal(150, 'ms') },
    { ...all, goal: belowGoal(150, 'ms') },
    { ...start, goal: belowGoal(1000, 'ms') },
  ],
  run,
}

async function run(context: Context): Promise<Row[]> {
  const stateDir = join(context.workDir, 'stored')
  await fill(stateDir, context)
  const snapshot = async (words: string[]) => {
    const argv = [process.execPath, installedProgram(context.workDir), '--state', stateDir, 'snapshot', ...words]
    return (await timed(argv)).wallMs
  }
  await snapshot([])
  const times = { one: [] as number[], all: [] as number[], start: [] as number[] }
  for (let sample = 0; sample < 2 * context.samples; sample += 1) {
    times.one.push(await snapshot(['stored-17@stored-host-17']))
    times.all.push(await snapshot([]))
  }
  for (let sample = 0; sample < context.samples; sample += 1) times.start.push(await firstPass(context, stateDir))
  return [
    below({ ...one, ours: times.one }, 150),
    below({ ...all, ours: times.all }, 150),
    below({ ...start, ours: times.start }, 1000),
  ]
}

/** The store of the controller that deployed the lab, and 10,000 healthy components beside, of hosts that nobody names any more. */
async function fill(stateDir: string, context: Context): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const path = join(stateDir, 'store.sqlite')
  await copyFile(join(context.stateDir, 'store.sqlite'), path)
  const nowMs = Date.now()
  const store = await openSqliteStore(path, { mode: 'writer', nowMs })
  try {
    for (let from = 0; from < count; from += 1_000) {
      await store.write({ statuses: Array.from({ length: 1_000 }, (_, offset) => stored(from + offset, nowMs)) })
    }
  } finally {
    await store.close()
  }
}

function stored(index: number, nowMs: number): ComponentStatus {
  const revision = index.toString(16).padStart(64, '0')
  const lifecycle = initialLifecycle()
  const context = { ...lifecycle.context, desired: revision, lastGood: revision, enteredAtMs: nowMs - 3_600_000 }
  const ready = { type: 'Ready', status: 'True', reason: 'Healthy', message: 'all probes passed' } as const
  return {
    key: componentKey(`stored-${index}`, `stored-host-${index}`),
    lifecycle: { ...lifecycle, value: { healthy: 'inSync' }, context },
    conditions: [{ ...ready, lastTransitionTimeMs: nowMs - 3_600_000, observedRevision: revision }],
    desired: revision,
    lastGood: revision,
    generation: 3,
    lastProbes: [{ name: 'unit', passed: true, certain: false, message: 'stored.service is active (running)' }],
    updatedAtMs: nowMs,
  }
}

/** From the start of the program until its metrics count a finished pass. */
async function firstPass(context: Context, stateDir: string): Promise<number> {
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
