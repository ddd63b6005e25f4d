// The controller is killed by the kernel at a certain one of its own system calls: as the n-th write of its store is to be made durable, or
// as the n-th packet is to leave. It is started anew, and everything ends as if nothing had been: nothing is done twice.
import { afterAll, describe, expect, test } from 'vitest'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lanes = ['t1', 't2', 't3']
const lab = await useLab(...lanes)

/** A call of the controller, and which one of its kind. */
interface Point {
  call: 'fsync' | 'write'
  nth: number
}

/** Of the calls of one story: every `each`-th from the first on, until the story is over before it comes. */
interface Sweep {
  call: Point['call']
  first: number
  each: number
}

/** `HOMEOSTAT_CRASH_POINTS`: `all`, at every single call, which takes an hour or two; `20`, so often at every third of the sample. */
const { HOMEOSTAT_CRASH_POINTS: asked = '1' } = process.env
const isWhole = asked === 'all'
const turns = isWhole ? 1 : Number(asked)
const stride = turns > 1 ? 3 : 1
/** The first dozen syncs make the store itself, the first hundred packets log in and look. */
const sweeps: Sweep[] = [
  { call: 'fsync', first: isWhole ? 1 : 13, each: isWhole ? 1 : 2 },
  { call: 'write', first: isWhole ? 1 : 50, each: isWhole ? 1 : 15 },
]
/** More than any story has: what never ends is an error. */
const MOST = isWhole ? 2_000 : 40

const component = (name: string, on: string, config: string) => {
  const probes = [{ kind: 'command', argv: ['grep', '-q', 'good', configFile(name)] }]
  const spec = { verify: { minHealthyTime: '500ms', deadline: '4s' } }
  return sleeper(name, [on], { config, more: { probes }, spec })
}

/** Kills it at the point; false when it came to the state first. */
async function diesAt({ call, nth }: Point, controller: Controller, key: string, state: string): Promise<boolean> {
  const inject = `inject=${call}:signal=KILL:when=${nth}`
  controller.startUnder(['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject])
  const came = controller.untilState(key, state).then(() => false)
  const died = controller.ended().then(() => true)
  const isDead = await Promise.race([died, came.catch(() => false)])
  if (!isDead) await controller.kill()
  return isDead
}

const ran = async (on: string, name: string) => (await operations(lab, on)).filter((id) => id.startsWith(`${name}-`))
const notes: Record<string, number> = {}

/** Runs a story with a crash at each point of the sweep, one after the other on a host of its own; resolves with how many crashed. */
async function sweep(
  { call, first, each }: Sweep,
  story: string,
  tell: (point: Point, name: string) => Promise<boolean>,
) {
  let points = 0
  for (let nth = first; points < MOST; nth += each * stride) {
    let crashes = 0
    for (let turn = 1; turn <= turns; turn++) {
      if (!(await tell({ call, nth }, `${story}-${call}-${nth}-${turn}`))) break
      crashes++
    }
    notes[`${story}, ${call}`] = (notes[`${story}, ${call}`] ?? 0) + crashes
    if (crashes < turns) break
    points++
  }
  return points
}

/** A first deploy with a crash in it. */
async function deploys(on: string, point: Point, name: string): Promise<boolean> {
  await using controller = await newController(lab)
  await controller.write('all.yaml', host(lab, on), component(name, on, 'good'))
  const key = `${name}@${on}`
  const isDead = await diesAt(point, controller, key, 'healthy.inSync')
  controller.start()
  await controller.untilState(key, 'healthy.inSync')
  await untilProven(lab, on, name)
  expect(await starts(lab, on, name), name).toEqual(['good'])
  expect(await ran(on, name), name).toHaveLength(1)
  expect(await controller.status(key), name).toMatchObject({ generation: 1 })
  await leaves(controller, on, name)
  return isDead
}

/** A change that does not prove itself and is taken back, with a crash in it. */
async function takesBack(on: string, point: Point, name: string): Promise<boolean> {
  await using controller = await newController(lab)
  await controller.write('all.yaml', host(lab, on), component(name, on, 'good'))
  const key = `${name}@${on}`
  controller.start()
  await controller.untilState(key, 'healthy.inSync')
  await untilProven(lab, on, name)
  await controller.stop()
  await controller.write('all.yaml', host(lab, on), component(name, on, 'bad'))
  const isDead = await diesAt(point, controller, key, 'rolledBack.holding')
  controller.start()
  await controller.untilState(key, 'rolledBack.holding')
  expect(await starts(lab, on, name), name).toEqual(['good', 'bad', 'good'])
  expect(await ran(on, name), name).toHaveLength(3)
  const rejected = (await recordOf(lab, on, name)).filter((line) => line.startsWith('rejected '))
  expect(rejected, name).toHaveLength(1)
  await leaves(controller, on, name)
  return isDead
}

/** Hosts shall not fill up from story to story. */
async function leaves(controller: Controller, on: string, name: string): Promise<void> {
  await controller.write('all.yaml', host(lab, on))
  await untilTrue('it is forgotten', async () => (await controller.status(`${name}@${on}`)) === undefined)
}

describe.concurrent('a controller that dies', () => {
  const [syncs, packets] = sweeps as [Sweep, Sweep]

  test('as it saves something in a first deploy', { timeout: 7_200_000 }, async () => {
    expect(await sweep(syncs, 'saved', (point, name) => deploys('t1', point, name))).toBeGreaterThan(turns > 1 ? 0 : 3)
  })

  test('as it sends something in a first deploy', { timeout: 7_200_000 }, async () => {
    expect(await sweep(packets, 'sent', (point, name) => deploys('t2', point, name))).toBeGreaterThan(turns > 1 ? 0 : 3)
  })

  test('as it saves something while a change is tried and taken back', { timeout: 7_200_000 }, async () => {
    expect(
      await sweep({ ...syncs, first: isWhole ? 1 : 4 }, 'reverted', (point, name) => takesBack('t3', point, name)),
    ).toBeGreaterThan(turns > 1 ? 0 : 3)
  })
})

afterAll(() => {
  for (const [story, crashes] of Object.entries(notes)) process.stdout.write(`crash points hit: ${story}: ${crashes}\n`)
})
