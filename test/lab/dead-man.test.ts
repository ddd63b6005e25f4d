// A host takes a change back by itself when nobody can confirm it over a new connection: cut off, controller gone, host restarted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, custom, type DocumentObject, host, sleeper } from '../support/desired-yaml.ts'
import { recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2', 't3', 't4')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', ...['t1', 't2', 't3', 't4'].map((name) => host(lab, name)))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const waiting = (name: string) => lab.shell(name, 'ls -A /var/lib/homeostat/armed 2>/dev/null || true')
const reasons = async (key: string) => (await controller.events(key)).map(({ reason }) => reason)
const isToBeTriedAgain = ({ conditions }: ComponentStatus) =>
  conditions.some(({ type, reason }) => type === 'Blocked' && reason === 'TriedAgainLater')
const sshdConfig = '/etc/ssh/sshd_config.d/homeostat.conf'

/** Where sshd listens: connections that are open outlive any change of it. */
function login(port: number): DocumentObject {
  const file = { path: sshdConfig, content: `Port ${port}\n`, onChange: { restart: ['ssh.service'] } }
  const probes = [{ kind: 'systemd', unit: 'ssh.service' }]
  return custom('login', ['t1'], { files: [file], units: [{ name: 'ssh.service' }], probes })
}

/** Whoever lets nobody in any more, the open connection included. */
function closed(): DocumentObject {
  const content = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip route add blackhole 192.168.99.0/25
ExecStop=/usr/sbin/ip route del blackhole 192.168.99.0/25
`
  return custom('closed', ['t4'], { units: [{ name: 'closed.service', content, enabled: false }] })
}

const soaking = (name: string, on: string, config: string, minHealthyTime: string): DocumentObject =>
  sleeper(name, [on], { config, spec: { verify: { minHealthyTime, deadline: '40s' } } })

describe('a change that cuts the host off', () => {
  test('is taken back by the host, which is then proven as it was; others are confirmed', async () => {
    await controller.write('login.yaml', login(22))
    await controller.untilState('login@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'login')
    await controller.write('login.yaml', login(2222))
    await controller.write('closed.yaml', closed())
    await controller.write('long.yaml', soaking('long', 't2', 'one', '35s'))
    await controller.write('quick.yaml', soaking('quick', 't3', 'one', '20s'))
    await controller.untilState('quick@t3', 'verifying')
    await controller.write('slow.yaml', sleeper('slow', ['t3'], { service: 'ExecStartPre=/bin/sleep 45' }))
    const taken = await controller.untilState('login@t1', 'rolledBack.holding')
    expect(taken.conditions).toContainEqual(
      expect.objectContaining({ type: 'RolledBack', status: 'True', reason: 'RolledBackByHost' }),
    )
    expect(await reasons('login@t1')).toContain('RolledBackByHost')
    expect(await lab.shell('t1', `cat ${sshdConfig}`)).toBe('Port 22\n')
    expect((await lab.ssh('t1', ['true'])).exitCode).toBe(0)
    expect(await recordOf(lab, 't1', 'login')).toContain('reverted 2')
    await controller.until('login@t1', isToBeTriedAgain, { what: 'to be tried once more' })
    await controller.write('login.yaml', login(22))
  })

  test('on the first deploy, too: nothing of it is left', async () => {
    await controller.untilState('closed@t4', 'rolledBack.holding')
    expect(await lab.shell('t4', 'ls /etc/systemd/system/closed.service 2>/dev/null || echo gone')).toBe('gone\n')
    expect(await lab.shell('t4', 'ip route show type blackhole')).toBe('')
    await controller.remove('closed.yaml')
  })

  test('one that is proven for longer than the host would wait is confirmed, and nothing waits any more', async () => {
    await controller.untilState('long@t2', 'healthy.inSync')
    await untilProven(lab, 't2', 'long')
    expect(await waiting('t2')).toBe('')
    expect(await lab.shell('t2', 'ls /var/lib/homeostat/ops | grep revert || echo none')).toBe('none\n')
    await untilTrue('its service ends', async () => {
      const { stdout } = await lab.exec('t2', ['systemctl', 'is-active', 'homeostat-revert.service'])
      return stdout.trim() === 'inactive'
    })
    expect(await starts(lab, 't2', 'long')).toEqual(['one'])
  })
})

test('one that is proven while the host is busy with something else is confirmed when that has ended', async () => {
  await controller.untilState('slow@t3', 'healthy.inSync')
  await untilProven(lab, 't3', 'quick')
  expect(await reasons('quick@t3')).not.toContain('RolledBackByHost')
  expect(await starts(lab, 't3', 'quick')).toEqual(['one'])
})

describe('a change whose controller is gone before it is proven', () => {
  test('is taken back by the host alone, also after a power cut, and in the middle of going back', async () => {
    for (const [name, on] of [
      ['a', 't2'],
      ['b', 't3'],
      ['c', 't4'],
    ] as const)
      await controller.write(`${name}.yaml`, soaking(name, on, 'one', '1s'))
    for (const key of ['a@t2', 'b@t3', 'c@t4']) await controller.untilState(key, 'healthy.inSync')
    await untilProven(lab, 't2', 'a')
    await untilProven(lab, 't3', 'b')
    await untilProven(lab, 't4', 'c')
    for (const [name, on] of [
      ['a', 't2'],
      ['b', 't3'],
      ['c', 't4'],
    ] as const)
      await controller.write(`${name}.yaml`, soaking(name, on, 'two', '20s'))
    for (const key of ['a@t2', 'b@t3', 'c@t4']) await controller.untilState(key, 'verifying')
    await controller.kill()
    await lab.shell('t4', 'cd /var/lib/homeostat/armed/c && mv wait firing && sync .')
    await Promise.all(['t3', 't4'].map((name) => lab.powerCut(name)))
    await Promise.all(['t3', 't4'].map((name) => lab.start(name)))
    for (const [name, on] of [
      ['a', 't2'],
      ['b', 't3'],
      ['c', 't4'],
    ] as const)
      await untilTrue(
        `${on} has gone back`,
        async () => {
          const isBack = (await lab.shell(on, `cat ${configFile(name)}`)).trim() === 'one'
          return isBack && (await waiting(on)) === ''
        },
        400_000,
      )
    expect(await starts(lab, 't2', 'a')).toEqual(['one', 'two', 'one'])
    expect((await starts(lab, 't3', 'b')).at(-1)).toBe('one')
  })

  test('and the next controller learns of it, tries it once more, and proves it', async () => {
    controller.start()
    for (const key of ['a@t2', 'b@t3', 'c@t4']) {
      await controller.untilState(key, 'rolledBack.holding')
      expect(await reasons(key)).toContain('RolledBackByHost')
    }
    for (const key of ['a@t2', 'b@t3', 'c@t4']) {
      await controller.untilState(key, 'healthy.inSync')
      expect(await reasons(key)).toContain('TriedAgain')
    }
    expect(await starts(lab, 't2', 'a')).toEqual(['one', 'two', 'one', 'two'])
    await untilProven(lab, 't2', 'a')
  })

  test('another revision goes through', async () => {
    await controller.write('a.yaml', soaking('a', 't2', 'three', '1s'))
    await untilTrue('it is there', async () => (await lab.shell('t2', `cat ${configFile('a')}`)).trim() === 'three')
    await controller.untilState('a@t2', 'healthy.inSync')
    expect(await starts(lab, 't2', 'a')).toEqual(['one', 'two', 'one', 'two', 'three'])
  })
})

/** Whoever comes in depends on it: its end is the beginning of a route that leads nowhere. */
function door(): DocumentObject {
  const content = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '/usr/sbin/ip route del blackhole 192.168.99.0/25 || true'
ExecStop=/usr/sbin/ip route add blackhole 192.168.99.0/25
`
  const files = [{ path: '/etc/door.conf', content: 'open\n' }]
  return custom('door', ['t4'], { files, units: [{ name: 'door.service', content }] })
}

describe('a removal', () => {
  const untilForgotten = (key: string) =>
    untilTrue(`${key} is forgotten`, async () => (await controller.status(key)) === undefined)
  const components = (name: string) => lab.shell(name, 'ls -A /var/lib/homeostat/components')

  test('that cuts the host off is taken back by the host, which says so', async () => {
    await controller.write('door.yaml', door())
    await controller.untilState('door@t4', 'healthy.inSync')
    await untilProven(lab, 't4', 'door')
    await controller.remove('door.yaml')
    await untilTrue('t4 lets nobody in, and nothing is left of it', async () => {
      const said = await lab.shell('t4', 'ip route show type blackhole; ls /etc/door.conf 2>/dev/null || echo gone')
      return said.includes('blackhole') && said.includes('gone')
    })
    await controller.until('door@t4', isToBeTriedAgain, { what: 'to be removed once more' })
    expect(await reasons('door@t4')).toContain('RolledBackByHost')
    expect(await lab.shell('t4', 'ip route show type blackhole')).toBe('')
    expect(await lab.shell('t4', 'cat /etc/door.conf; systemctl is-active door.service')).toBe('open\nactive\n')
    expect((await recordOf(lab, 't4', 'door')).find((line) => line.startsWith('reverted '))).toBeDefined()
    expect(await waiting('t4')).toBe('')
  })

  test('is given up where it is written again, and the host stays as it is', async () => {
    const before = await recordOf(lab, 't4', 'door')
    await controller.write('door.yaml', door())
    await controller.untilState('door@t4', 'healthy.inSync')
    expect(await recordOf(lab, 't4', 'door')).toEqual(before)
  })

  test('that harms nobody leaves no record, and nothing that waits', async () => {
    await controller.remove('b.yaml')
    await untilForgotten('b@t3')
    expect((await components('t3')).split('\n')).not.toContain('b')
    expect(await components('t3')).not.toContain('.gone')
    expect(await waiting('t3')).toBe('')
  })

  test('whose controller is killed before it is confirmed is taken back, and carried out by the next one', async () => {
    // Whoever is in stays in: it can be done, and not confirmed.
    await lab.shell('t2', 'systemctl stop ssh.service')
    await controller.write('a.yaml', sleeper('a', ['t2'], { config: 'three', spec: { enabled: false } }))
    await untilTrue('it is removed', async () => (await waiting('t2')).trim() === 'a')
    await controller.kill()
    await lab.shell('t2', 'systemctl start ssh.service')
    await untilTrue('t2 has brought it back', async () => {
      const isBack = (await lab.shell('t2', `cat ${configFile('a')} 2>/dev/null || true`)).trim() === 'three'
      return isBack && (await waiting('t2')) === ''
    })
    controller.start()
    await controller.untilState('a@t2', 'disabled.absent')
    expect(await lab.shell('t2', `ls ${configFile('a')} 2>/dev/null || echo gone`)).toBe('gone\n')
    expect((await components('t2')).split('\n')).not.toContain('a')
  })
})

test('what was just proven stays when the controller is told to stop that moment', async () => {
  await controller.write('last.yaml', sleeper('last', ['t3'], { config: 'one' }))
  await controller.untilEvent('last@t3', 'Healthy')
  expect(await controller.stop()).toBe(0)
  expect(await waiting('t3')).toBe('')
  expect((await recordOf(lab, 't3', 'last')).find((line) => line.startsWith('verified 1 '))).toBeDefined()
})
