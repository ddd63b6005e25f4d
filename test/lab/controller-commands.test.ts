// The commands that a person or a pipeline runs against live hosts, and how they end.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CommandResult } from '../../src/lab/run-command.ts'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, custom, host, sleeper } from '../support/desired-yaml.ts'
import { operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  await controller.write('plain.yaml', sleeper('plain', ['t1']))
})
afterAll(async () => {
  await lab.heal('t2')
  await controller[Symbol.asyncDispose]()
})

const plan = (...words: string[]): Promise<CommandResult> =>
  controller.cliWithSsh(['plan', controller.desired, ...words])
const onceOf = (one: Controller): Promise<CommandResult> =>
  one.cliWithSsh(['run', one.desired, '--once', '--http', 'off', '--resync', '1s'])
const runOnce = () => onceOf(controller)

test('plan on a host that lacks something lists it and ends with 1', async () => {
  const { exitCode, stdout } = await plan()
  expect(stdout).toContain(`create file:${configFile('plain')}`)
  expect(exitCode).toBe(1)
  const { components } = JSON.parse((await plan('-o', 'json')).stdout)
  expect(components).toMatchObject([{ key: 'plain@t1', changes: expect.any(Array) }])
  expect(await operations(lab, 't1')).toEqual([])
})

test('run --once deploys, ends with 0, and leaves no controller behind', async () => {
  const { exitCode, stderr } = await runOnce()
  expect(stderr).toContain('everything is healthy')
  expect(exitCode).toBe(0)
  expect(await starts(lab, 't1', 'plain')).toEqual(['one'])
  expect((await plan()).exitCode).toBe(0)
  expect(await controller.cli(['reconcile', 'plain@t1'])).toMatchObject({ exitCode: 2 })
})

test('run --once again changes nothing', async () => {
  const before = await operations(lab, 't1')
  expect((await runOnce()).exitCode).toBe(0)
  expect(await operations(lab, 't1')).toEqual(before)
})

test('run --once with a change does not take the state before it for the end', async () => {
  await controller.write('plain.yaml', sleeper('plain', ['t1'], { config: 'two' }))
  const { exitCode, stderr } = await runOnce()
  expect(stderr).toContain('everything is healthy')
  expect(exitCode).toBe(0)
  expect(await starts(lab, 't1', 'plain')).toEqual(['one', 'two'])
  expect((await controller.status('plain@t1'))?.lifecycle.value).toEqual({ healthy: 'inSync' })

  // And what drifted while no controller ran is put back by the next one.
  await lab.shell('t1', 'systemctl stop plain')
  expect((await runOnce()).exitCode).toBe(0)
  expect((await lab.shell('t1', 'systemctl is-active plain')).trim()).toBe('active')
})

test('run --once does not end before what was deleted is gone', async () => {
  await controller.write('gone.yaml', sleeper('gone', ['t1']))
  expect((await runOnce()).exitCode).toBe(0)
  await controller.remove('gone.yaml')
  expect((await runOnce()).exitCode).toBe(0)
  expect(await recordOf(lab, 't1', 'gone')).toEqual([])
  expect(await controller.status('gone@t1')).toBeUndefined()
})

test('snapshot, get and describe read what it left', async () => {
  const { stdout, exitCode } = await controller.cli(['snapshot', 'plain@t1', '-o', 'json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ value: { healthy: 'inSync' } })
  expect((await controller.cli(['get', 'components'])).stdout).toMatch(/plain.*t1.*healthy/)
  expect((await controller.cli(['describe', 'plain@t1'])).stdout).toContain('Applied')
  expect((await controller.cli(['history', 'plain'])).stdout).toMatch(/^2 +apply .* Healthy/m)
})

test('run --once ends with 3 when a change was taken back', async () => {
  const files = [{ path: '/etc/refused', content: 'x', validate: ['false', '{staged}'] }]
  const waiting = sleeper('waiting', ['t1'], { spec: { dependsOn: ['refused'] } })
  await controller.write('refused.yaml', custom('refused', ['t1'], { files }), waiting)
  const { exitCode, stderr } = await runOnce()
  expect(stderr).toContain('not everything is healthy')
  expect(exitCode).toBe(3)
  expect(await lab.shell('t1', 'ls /etc/refused 2>/dev/null || true')).toBe('')
  expect(await starts(lab, 't1', 'waiting')).toEqual([])
  expect((await plan()).stdout).toContain('taken back there before')
  await controller.remove('refused.yaml')
})

test('run --once ends with 1, and plan with 2, when a host cannot be reached', async () => {
  await lab.cut('t2')
  await controller.write('t2.yaml', host(lab, 't2'), sleeper('far', ['t2']))
  const [once, planned] = await Promise.all([runOnce(), plan()])
  expect(once.exitCode, once.stderr).toBe(1)
  expect(planned.stdout).toContain('far@t2: cannot be told')
  expect(planned.exitCode).toBe(2)
  await lab.heal('t2')
  await controller.remove('t2.yaml')
})

test('run --once bears a host that lets nobody in for a moment', async () => {
  await lab.shell('t2', 'systemctl stop ssh.service')
  await controller.write('t2.yaml', host(lab, 't2'), sleeper('far', ['t2']))
  const running = runOnce()
  const isToldOf = async () => JSON.stringify(await controller.status('far@t2')).includes('connection refused')
  await untilTrue('it was refused', async () => (await controller.status('far@t2')) !== undefined && isToldOf())
  await lab.shell('t2', 'systemctl start ssh.service')
  const { exitCode, stderr } = await running
  expect(stderr).toContain('everything is healthy')
  expect(exitCode).toBe(0)
  expect(await starts(lab, 't2', 'far')).toEqual(['one'])
  await controller.remove('t2.yaml')
})

test('plan ends with 2 when something written is wrong', async () => {
  await controller.write('wrong.yaml', 'kind: [')
  const { exitCode, stdout } = await plan()
  expect(stdout).toContain('wrong.yaml:1:')
  expect(exitCode).toBe(2)
  await controller.remove('wrong.yaml')
})

test('a controller writes a line for each change of a state, and none for looks that find nothing', async () => {
  const talking = await newController(lab, { desired: controller.desired })
  await using _ = talking
  await controller.write('said.yaml', sleeper('said', ['t1']))
  talking.start()
  for (const key of ['said@t1', 'plain@t1']) await talking.untilState(key, 'healthy.inSync')
  await untilProven(lab, 't1', 'said')
  // What it has written arrives here a moment later.
  await untilLookedAt(talking, 't1')
  const before = talking.log
  const states = before
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ component, state }) => component === 'said' && state !== undefined)
    .map(({ state, reason }) => `${state} ${reason}`)
  expect(states).toEqual([
    'deploying.blocked Deploying',
    'verifying.probing Applied',
    'verifying.probing Verifying',
    'healthy.inSync Healthy',
  ])
  for (let look = 0; look < 3; look++) await untilLookedAt(talking, 't1')
  expect(talking.log).toBe(before)
  await talking.stop()
})

test('run --once does not end before what nobody names any more was found on the hosts, and is gone', async () => {
  await controller.remove('said.yaml')
  const before = await starts(lab, 't1', 'plain')
  const forgetful = await newController(lab, { desired: controller.desired })
  await using _ = forgetful
  const { exitCode, stderr } = await onceOf(forgetful)
  expect(stderr).toContain('everything is healthy')
  expect(exitCode).toBe(0)
  expect(await recordOf(lab, 't1', 'said')).toEqual([])
  expect(await starts(lab, 't1', 'plain')).toEqual(before)
})

test('a running controller is asked to look at once, and read beside its work', async () => {
  const slow = await newController(lab, { desired: controller.desired, state: controller.state, resync: '1h' })
  await using _ = slow
  slow.start()
  await slow.untilState('plain@t1', 'healthy.inSync')
  await untilTrue('it listens', async () => !Number.isNaN(await slow.metric('homeostat_host_reachable{host="t1"}')))
  const afterId = (await slow.events()).at(-1)?.id ?? 0
  await lab.shell('t1', 'systemctl stop plain')
  expect(await controller.cli(['reconcile', 'plain@t1'])).toMatchObject({
    exitCode: 0,
    stdout: 'component/plain@t1 is looked at now\n',
  })
  await slow.untilEvent('plain@t1', 'DriftCorrected', { afterId })
  expect((await lab.shell('t1', 'systemctl is-active plain')).trim()).toBe('active')
  const { stdout } = await controller.cli(['snapshot', 'plain@t1', '-o', 'mermaid'])
  expect(stdout).toMatch(/state "▶ \w+ \(now\)" as \w+/)
  expect((await controller.cli(['reconcile', 'nothing'])).exitCode).toBe(2)
  expect(await slow.stop()).toBe(0)
})
