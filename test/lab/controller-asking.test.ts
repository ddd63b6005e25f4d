// What waits is done when somebody asks, what was given up is tried again; hosts that are restarted in the middle, and hosts
// that leave; a controller that has to stop while a host takes its time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, isBlocked, newController, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const reasons = async (key: string) => (await controller.events(key)).map(({ reason }) => reason)

const reachable = ({ conditions }: ComponentStatus) => conditions.find(({ type }) => type === 'Reachable')

/** A service that starts only while there is a file `/run/NAME-allowed`. */
const gated = (name: string, config: string, spec = {}) =>
  sleeper(name, ['t1'], { config, spec, service: `ExecStartPre=/usr/bin/test -e /run/${name}-allowed` })

describe('asking for a component', () => {
  test('that waits for its next try has it tried now, and says so', async () => {
    await controller.write(
      'waiting.yaml',
      gated('waiting', 'one', { rollback: { auto: false }, retry: { attempts: 9 } }),
    )
    const due = ({ lifecycle }: { lifecycle: { context: Record<string, unknown> } }) =>
      Number(lifecycle.context.dueAtMs ?? 0) - Date.now()
    await controller.until('waiting@t1', (status) => due(status) > 15_000, {
      what: 'waiting for long',
    })
    await lab.shell('t1', 'touch /run/waiting-allowed')
    const { dueAtMs } = (await controller.status('waiting@t1'))?.lifecycle.context ?? {}
    const asked = await controller.cli(['reconcile', 'waiting@t1'])
    expect(asked.stdout).toMatch(
      /^component\/waiting@t1 had failed and is tried again now, not later; it failed with: start/,
    )
    await controller.untilState('waiting@t1', 'healthy.inSync')
    const begun = await lab.shell(
      't1',
      "cd /var/lib/homeostat/ops && sed -n 's/^started //p' $(ls -td waiting-*/result | head -1)",
    )
    expect(Number(begun)).toBeLessThan(Number(dueAtMs))
  })

  test('that was given up has it tried again', async () => {
    await lab.shell('t1', 'touch /run/given-allowed')
    await controller.write('given.yaml', gated('given', 'one'))
    await controller.untilState('given@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'given')
    await lab.shell('t1', 'rm /run/given-allowed')
    await controller.write('given.yaml', gated('given', 'two'))
    await controller.untilState('given@t1', 'failed.stalled')
    const stalled = await controller.until('given@t1', (status) => isBlocked(status, 'Stalled'), { what: 'given up' })
    expect(JSON.stringify(stalled.conditions)).toContain('homeostat reconcile')
    await lab.shell('t1', 'touch /run/given-allowed')
    const asked = await controller.cli(['reconcile', 'given'])
    expect(asked.stdout).toMatch(
      /^component\/given@t1 had been given up and is tried again now; it failed with: start.*\n$/,
    )
    await controller.untilState('given@t1', 'healthy.inSync')
    expect((await lab.shell('t1', `cat ${configFile('given')}`)).trim()).toBe('two')
    expect(await reasons('given@t1')).toEqual(expect.arrayContaining(['Stalled', 'Asked', 'Healthy']))
  })

  test('that is well only has it looked at', async () => {
    expect((await controller.cli(['reconcile', 'given@t1'])).stdout).toBe('component/given@t1 is looked at now\n')
  })
})

describe('a host that is restarted in the middle of an operation', () => {
  test('twice: that counts for nothing, and the revision is brought about', async () => {
    const files = [{ path: '/etc/restarted/slow', content: 'slow', validate: ['sh', '-c', 'sleep 5', '{staged}'] }]
    const isChecking = async () => (await lab.exec('t2', ['pgrep', '-f', 'sleep 5'])).exitCode === 0
    await controller.write('restarted.yaml', sleeper('restarted', ['t2'], { more: { files } }))
    for (const time of ['once', 'twice']) {
      await untilTrue(`its checker runs, ${time}`, isChecking)
      await lab.reboot('t2')
    }
    await controller.untilState('restarted@t2', 'healthy.inSync')
    const told = await reasons('restarted@t2')
    expect(told.filter((reason) => reason === 'Interrupted')).toHaveLength(2)
    expect(told).not.toContain('ApplyFailed')
    expect((await controller.status('restarted@t2'))?.generation).toBe(1)
  })
})

describe('a host that falls silent in the middle of an operation', () => {
  test('is said to be so long before its connection is given up, and the operation is not touched', async () => {
    const files = [{ path: '/etc/silent/slow', content: 'slow', validate: ['sh', '-c', 'sleep 45', '{staged}'] }]
    await controller.write('silent.yaml', sleeper('silent', ['t2'], { more: { files } }))
    const isChecking = async () => (await lab.exec('t2', ['pgrep', '-f', 'sleep 45'])).exitCode === 0
    await untilTrue('its checker runs', isChecking)
    await lab.cut('t2')
    try {
      const silent = await controller.until('silent@t2', (status) => reachable(status)?.status === 'Unknown', {
        what: 'silent',
        withinMs: 35_000,
      })
      expect(reachable(silent)).toMatchObject({ reason: 'NoSignOfLife', message: expect.stringContaining('t2') })
    } finally {
      await lab.heal('t2')
    }
    const healthy = await controller.untilState('silent@t2', 'healthy.inSync')
    expect(reachable(healthy)?.status).toBe('True')
    expect(await reasons('silent@t2')).not.toContain('ApplyFailed')
  })
})

describe('a host that leaves the desired state', () => {
  const connections = async () => (await lab.shell('t2', "ss -Htn state established '( sport = :22 )' | wc -l")).trim()

  test('is hung up', async () => {
    await untilTrue('it is connected', async () => (await connections()) !== '0')
    for (const name of ['restarted', 'silent']) await controller.remove(`${name}.yaml`)
    await controller.write('hosts.yaml', host(lab, 't1'))
    await untilTrue('nobody is connected any more', async () => (await connections()) === '0')
    expect(await controller.metric('homeostat_host_reachable{host="t2"}')).toBeNaN()
    await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
    await untilTrue('it is connected again', async () => (await connections()) !== '0')
  })
})

describe('a controller that is told to stop', () => {
  test('does not wait for a host that takes its time to be looked at', async () => {
    // What the look begins with hangs, as with a file system that is gone.
    await lab.shell(
      't1',
      'mv /usr/bin/find /usr/bin/find.real; printf "#!/bin/sh\\nsleep 40\\n" > /usr/bin/find; chmod 755 /usr/bin/find',
    )
    try {
      await untilTrue('it looks', async () => (await lab.exec('t1', ['pgrep', '-f', 'sleep 40'])).exitCode === 0)
      const startedMs = Date.now()
      expect(await controller.stop()).toBe(0)
      expect(Date.now() - startedMs).toBeLessThan(20_000)
      expect((await controller.hosts()).find(({ name }) => name === 't1')).toMatchObject({ reachable: true })
    } finally {
      await lab.shell('t1', 'mv /usr/bin/find.real /usr/bin/find')
    }
  })
})
