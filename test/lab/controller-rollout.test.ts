// A component on four hosts: a bad revision meets one of them, the fix goes through all in order; and a plan that is carried out
// exactly, or refused when somebody was there in between.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CommandResult } from '../../src/lab/run-command.ts'
import { type Controller, isBlocked, newController } from '../support/controller.ts'
import { configFile, host, type SleeperOptions, sleeper } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const HOSTS = ['t1', 't2', 't3', 't4']
const lab = await useLab(...HOSTS)
let controller: Controller

const verify = { minHealthyTime: '2s', deadline: '30s' }
const web = (options: SleeperOptions = {}) => sleeper('web', HOSTS, { ...options, spec: { verify, ...options.spec } })
/** It starts, and dies soon. */
const bad: SleeperOptions = { config: 'bad', service: 'ExecStartPost=/bin/false\nRestart=no' }
const config = (name: string) => lab.shell(name, `cat ${configFile('web')}`)
const everywhere = <T>(ask: (name: string) => Promise<T>) => Promise.all(HOSTS.map(ask))
/** When the component's newest operation began on each host, in seconds. */
const changedAt = () =>
  everywhere(async (name) => {
    const begun = "cd /var/lib/homeostat/ops && sed -n 's/^started //p' web-*/result | sort -n | tail -n 1"
    return Number(await lab.shell(name, begun)) / 1000
  })

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', ...HOSTS.map((name) => host(lab, name)))
  await controller.write('web.yaml', web())
})
afterAll(() => controller[Symbol.asyncDispose]())

describe('a component on four hosts', () => {
  test('comes to one of them first, and then to all others', async () => {
    controller.start()
    for (const name of HOSTS) await controller.untilState(`web@${name}`, 'healthy.inSync')
    const [first = 0, ...others] = await changedAt()
    for (const atS of others) expect(atS - first).toBeGreaterThan(2)
    await everywhere((name) => untilProven(lab, name, 'web'))
  })

  test('has a bad revision on one host only, where it is taken back', async () => {
    const before = await everywhere((name) => operations(lab, name))
    await controller.write('web.yaml', web(bad))
    await controller.untilState('web@t1', 'rolledBack.holding')
    for (const name of ['t2', 't3', 't4']) {
      const status = await controller.until(`web@${name}`, (it) => isBlocked(it, 'RolloutHalted'))
      expect(status.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Blocked',
          message: expect.stringContaining('web@t1 could not be brought to it'),
        }),
      )
      expect(status.lifecycle.value).toEqual({ healthy: 'inSync' })
    }
    expect(await everywhere(config)).toEqual(HOSTS.map(() => 'one\n'))
    expect((await everywhere((name) => operations(lab, name))).slice(1)).toEqual(before.slice(1))
    expect(await starts(lab, 't2', 'web')).toEqual(['one'])
  })

  test('is kept on the hosts that wait: a hand edit is put back', async () => {
    await lab.shell('t3', `echo by hand > ${configFile('web')}`)
    await controller.untilEvent('web@t3', 'DriftCorrected')
    expect(await config('t3')).toBe('one\n')
    expect(await starts(lab, 't2', 'web')).toEqual(['one'])
  })

  test('comes to the named canary first, alone, and then to two hosts at once', async () => {
    const told = (await everywhere((name) => controller.events(`web@${name}`))).flat()
    const afterId = Math.max(...told.map(({ id = 0 }) => id))
    const spec = { rollout: { canary: 't3', maxParallel: 2 }, verify: { minHealthyTime: '8s', deadline: '60s' } }
    await controller.write('web.yaml', web({ config: 'other', spec }))
    const toldAt = async (name: string, reason: string) =>
      (await controller.untilEvent(`web@${name}`, reason, { afterId })).atMs
    const proven = {
      t3: await toldAt('t3', 'Healthy'),
      t1: await toldAt('t1', 'Healthy'),
      t2: await toldAt('t2', 'Healthy'),
    }
    const applied = {
      t1: await toldAt('t1', 'Applied'),
      t2: await toldAt('t2', 'Applied'),
      t4: await toldAt('t4', 'Applied'),
    }
    expect(Math.min(applied.t1, applied.t2)).toBeGreaterThan(proven.t3)
    expect(Math.max(applied.t1, applied.t2)).toBeLessThan(Math.min(proven.t1, proven.t2))
    expect(applied.t4).toBeGreaterThan(Math.min(proven.t1, proven.t2))
    await toldAt('t4', 'Healthy')
    expect(await everywhere(config)).toEqual(HOSTS.map(() => 'other\n'))
  })

  test('gets the fix host by host, in order, each when the one before is proven', async () => {
    const before = (await controller.status('web@t4'))?.desired
    await controller.write('web.yaml', web({ config: 'two' }))
    for (const name of HOSTS)
      await controller.until(`web@${name}`, ({ lastGood, desired }) => lastGood === desired && desired !== before, {
        what: 'proven with the fix',
      })
    await everywhere((name) => untilProven(lab, name, 'web'))
    expect(await everywhere(config)).toEqual(HOSTS.map(() => 'two\n'))
    const times = await changedAt()
    for (const [at, time] of times.entries()) if (at > 0) expect(time - (times[at - 1] ?? 0)).toBeGreaterThan(2)
    await controller.stop()
  })
})

describe('a plan', () => {
  const plan = (): Promise<CommandResult> => controller.cliWithSsh(['plan', controller.desired])
  const apply = (digest: string): Promise<CommandResult> =>
    controller.cliWithSsh(['apply', '--plan', digest, controller.desired, '--timeout', '200s'])
  const digestIn = ({ stdout }: CommandResult) => /^plan ([0-9a-f]{12}):/m.exec(stdout)?.[1] ?? ''
  let digest: string

  test('says what is changed, line by line, in which steps, what restarts and why, and is the same when asked again', async () => {
    await controller.write('web.yaml', web({ config: 'three' }))
    const planned = await plan()
    digest = digestIn(planned)
    expect(digest).not.toBe('')
    expect(planned.stdout).toContain(`  --- ${configFile('web')}\n  @@ -1,1 +1,1 @@\n  -two\n  +three\n`)
    expect(planned.stdout).toMatch(
      /^ {2}steps: note what was there before → .*put files live → .*restart web\.service → /m,
    )
    const steps = /^ {2}steps: (.*)$/m.exec(planned.stdout)?.[1]?.split(' → ') ?? []
    expect(steps).toEqual([...new Set(steps)])
    expect(planned.stdout).toContain(`  restart web.service: ${configFile('web')} changes`)
    expect(digestIn(await plan())).toBe(digest)
  })

  test('is refused after a hand edit, with what is different, and nothing is done', async () => {
    await lab.shell('t2', `echo by hand > ${configFile('web')}`)
    const before = await everywhere((name) => operations(lab, name))
    const { exitCode, stderr } = await apply(digest)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`plan ${digest} no longer stands, and nothing was done`)
    expect(stderr).toContain(`web@t2: ${configFile('web')} was changed on the host since`)
    expect(stderr).not.toContain('web@t1')
    expect(await everywhere((name) => operations(lab, name))).toEqual(before)
    expect(await config('t2')).toBe('by hand\n')
  })

  test('does not show what not everybody on the host may read, unless it is what was put there', async () => {
    const { stdout } = await plan()
    expect(stdout).not.toContain('by hand')
    expect(stdout).toMatch(/--- \/etc\/web\/web\.conf: what it says now is not shown/)
  })

  test('is refused when the spec has changed since', async () => {
    digest = digestIn(await plan())
    await controller.write('web.yaml', web({ config: 'four' }))
    const { exitCode, stderr } = await apply(digest)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('web@t1: the spec asks for another revision now')])
    expect(await everywhere(config)).toEqual(['two\n', 'by hand\n', 'two\n', 'two\n'])
  })

  test('is carried out, through all hosts, and stands for nothing after that', async () => {
    digest = digestIn(await plan())
    const done = await apply(digest)
    expect([done.exitCode, done.stderr]).toEqual([0, expect.stringContaining('everything is healthy')])
    expect(await everywhere(config)).toEqual(HOSTS.map(() => 'four\n'))
    const again = await apply(digest)
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('There is nothing to do now')])
    expect((await plan()).exitCode).toBe(0)
  })
})
