// A hand edit on a host, from the write until it is known and until it is put back, against what hosts have for that themselves: a path
// unit of systemd.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ComponentKey } from '../src/model/key.ts'
import { type BenchController, startBenchController } from './bench-controller.ts'
import { output } from './children.ts'
import type { Comparison, Context, Row } from './comparison.ts'
import { atMostTimes, below, belowGoal, moreGoal } from './goal.ts'
import { within } from './within.ts'

const found = { measure: 'hand edit, from write to found', unit: 'ms' } as const
const slowest = { measure: 'the same, slowest but one in a hundred', unit: 'ms' } as const
const corrected = { measure: 'hand edit, from write to put back', unit: 'ms' } as const
const FLOOR_FACTOR = 10
const KNOWN_WITHIN_MS = 1_000

export const drift: Comparison = {
  name: 'drift',
  measures: [
    { ...found, goal: moreGoal(FLOOR_FACTOR) },
    { ...slowest, goal: belowGoal(KNOWN_WITHIN_MS, 'ms') },
    { ...corrected, goal: belowGoal(KNOWN_WITHIN_MS, 'ms') },
  ],
  run,
}

const edited = '/etc/homeostat-bench/edited.conf'
const component = (mode: string) => `apiVersion: homeostat/v1
kind: Component
metadata: { name: bench-drift }
spec:
  type: custom
  hosts: all
  drift: { mode: ${mode} }
  verify: { minHealthyTime: 0s }
  options: { files: [{ path: ${edited}, content: "right\\n" }] }
`
/** Edits on each host. */
const ROUNDS = 25
/**
 * Each edit is told once more after half a second, and what is told sooner than a second after the last look is looked at when that is
 * over: this measures a hand edit by itself.
 */
const QUIET_MS = 2_500
/** For the channel to be opened after a deploy. */
const SETTLED_MS = 5_000

async function run(context: Context): Promise<Row[]> {
  const path = join(context.desiredStateDir, 'bench-drift.yaml')
  await writeFile(path, component('warn'))
  const controller = await startBenchController(context)
  try {
    const hosts = context.lab.hosts.map(({ name }) => name)
    await controller.healthy(60_000)
    await pause(SETTLED_MS)
    const foundMs: number[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      foundMs.push(...(await Promise.all(hosts.map((host) => edit(context, controller, host)))))
    await writeFile(path, component('correct'))
    await pause(QUIET_MS)
    const correctedMs = await Promise.all(hosts.map((host) => damage(context, controller, host, 'corrected')))
    return rows({ foundMs, correctedMs, floorMs: await floor(context, hosts) })
  } finally {
    await rm(path, { force: true })
    await controller.stop()
  }
}

function rows({ foundMs, correctedMs, floorMs }: Record<'foundMs' | 'correctedMs' | 'floorMs', number[]>): Row[] {
  const sorted = [...foundMs].sort((a, b) => a - b)
  return [
    atMostTimes({ ...found, ours: foundMs, theirs: { name: 'path unit by itself', values: floorMs } }, FLOOR_FACTOR),
    { ...below({ ...slowest, ours: [sorted.at(-2) ?? Number.NaN] }, KNOWN_WITHIN_MS), samples: foundMs.length },
    below({ ...corrected, ours: correctedMs }, KNOWN_WITHIN_MS),
  ]
}

/** Only told of and left alone, so that each edit finds the host as the one before; then taken back by the hand that made it. */
async function edit(context: Context, controller: BenchController, host: string): Promise<number> {
  const ms = await damage(context, controller, host, 'found')
  await pause(QUIET_MS)
  await onHost(context, host, `echo right > ${edited}`)
  await controller.healthy(60_000)
  await pause(QUIET_MS)
  return ms
}

async function damage(context: Context, controller: BenchController, host: string, what: 'found' | 'corrected') {
  const key: ComponentKey = `bench-drift@${host}`
  const seen = controller.nextDrift(key, what)
  const writtenMs = await onHost(context, host, `echo wrong > ${edited}; stat -c %.9Z ${edited}`)
  return (await within(60_000, seen, `the edit was not ${what}`)) - Number(writtenMs) * 1000
}

/** From a write until the service that the path unit starts has run, on hosts that nobody else watches. */
async function floor(context: Context, hosts: string[]): Promise<number[]> {
  const file = '/run/bench-floor'
  const [host = ''] = hosts
  const started = `touch ${file}; systemd-run --quiet --collect --unit=bench-floor --path-property=PathChanged=${file} \
    --path-property=TriggerLimitIntervalSec=0 --property=StartLimitIntervalSec=0 --service-type=oneshot \
    sh -c 'date +%s.%N > ${file}.seen'`
  const once = `rm -f ${file}.seen; echo x > ${file}; stat -c %.9Z ${file}
    while [ ! -s ${file}.seen ]; do sleep 0.01; done; cat ${file}.seen; sleep 0.2`
  await onHost(context, host, started)
  const times: number[] = []
  for (let sample = 0; sample < ROUNDS; sample += 1) {
    const [written = '', seen = ''] = (await onHost(context, host, once)).trim().split('\n')
    times.push((Number(seen) - Number(written)) * 1000)
  }
  await onHost(context, host, 'systemctl stop bench-floor.path')
  return times
}

function onHost(context: Context, host: string, command: string): Promise<string> {
  return output(['ssh', '-F', context.sshConfig, host, command])
}
