// The controller is killed, the connection cut, the host rebooted, always in the middle: everything converges without help, and
// nothing is done twice.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, type DocumentObject, host, sleeper } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const ran = async (host: string, name: string) =>
  (await operations(lab, host)).filter((id) => id.startsWith(`${name}-`))
const outcomes = async (host: string, name: string) =>
  (await lab.shell(host, `cd /var/lib/homeostat/ops && grep -hs ^outcome ${name}-*/result || true`)).trim().split('\n')

/** Takes five seconds in the middle of its operation, before anything goes live. */
function slow(name: string, hosts: string[], config = 'one'): DocumentObject {
  const files = [{ path: `/etc/${name}/slow`, content: config, validate: ['sh', '-c', 'sleep 4', '{staged}'] }]
  return sleeper(name, hosts, { config, more: { files } })
}
const untilChecking = (host: string) =>
  untilTrue('its checker runs', async () => (await lab.exec(host, ['pgrep', '-f', 'sleep 4'])).exitCode === 0)

async function restart(): Promise<void> {
  await controller.kill()
  controller.start()
}

async function untilDone(host: string, name: string): Promise<void> {
  await controller.untilState(`${name}@${host}`, 'healthy.inSync')
  await untilProven(lab, host, name)
}

describe('a controller that is killed', () => {
  test('while it stages an operation starts that operation anew, once', async () => {
    // More than may pass: it stands still in the middle of sending.
    await lab.cutAfterBytes('t1', 200_000)
    const bulk = { files: [{ path: '/etc/staged/bulk', content: randomText(400_000) }] }
    await controller.write('staged.yaml', sleeper('staged', ['t1'], { more: bulk }))
    const { intent } = await controller.until('staged@t1', (status) => status.intent !== undefined)
    await sleep(1_000)
    await controller.kill()
    expect(await ran('t1', 'staged')).toEqual([])
    await lab.heal('t1')
    controller.start()
    await untilDone('t1', 'staged')
    expect(await starts(lab, 't1', 'staged')).toEqual(['one'])
    const all = await ran('t1', 'staged')
    expect(all).toHaveLength(1)
    // An id is never used again, even where it is certain that nothing came of it.
    expect(all).not.toContain(intent?.operationId)
  })

  test('during the operation finds its result, and does not do it again', async () => {
    await controller.write('running.yaml', slow('running', ['t1']))
    await untilChecking('t1')
    await restart()
    await untilDone('t1', 'running')
    expect(await ran('t1', 'running')).toHaveLength(1)
    expect(await starts(lab, 't1', 'running')).toEqual(['one'])
    expect(await controller.status('running@t1')).toMatchObject({ generation: 1 })
  })

  test('and comes back only after the operation has ended, too', async () => {
    await controller.write('ended.yaml', slow('ended', ['t1']))
    await untilChecking('t1')
    await controller.kill()
    await untilTrue('it has ended', async () => (await outcomes('t1', 'ended'))[0] === 'outcome succeeded')
    controller.start()
    await untilDone('t1', 'ended')
    expect(await ran('t1', 'ended')).toHaveLength(1)
    expect(await starts(lab, 't1', 'ended')).toEqual(['one'])
  })

  test('during verification goes on verifying', async () => {
    const spec = { verify: { minHealthyTime: '3s', deadline: '30s' } }
    await controller.write('verified.yaml', sleeper('verified', ['t1'], { spec }))
    await controller.untilState('verified@t1', 'verifying')
    await restart()
    await untilDone('t1', 'verified')
    expect(await ran('t1', 'verified')).toHaveLength(1)
    expect(await starts(lab, 't1', 'verified')).toEqual(['one'])
  })

  test('again and again at any moment gets there all the same', async () => {
    await controller.write('hunted.yaml', sleeper('hunted', ['t1']))
    await controller.write('quarry.yaml', slow('quarry', ['t2']))
    for (let kill = 0; kill < 8; kill++) {
      await sleep(300 + kill * 90)
      await restart()
    }
    await untilDone('t1', 'hunted')
    await untilDone('t2', 'quarry')
    expect(await starts(lab, 't1', 'hunted')).toEqual(['one'])
    expect(await starts(lab, 't2', 'quarry')).toEqual(['one'])
  })
})

/** Ends every SSH session there is on the host: what it sends next on one of them is answered with a reset. */
const endSessions = (host: string) => lab.exec(host, ['pkill', '-KILL', '-f', '^sshd: root'])

describe('an operation in the middle of which', () => {
  afterEach(() => Promise.all(['t1', 't2'].map((host) => lab.heal(host))))

  test('the connection is lost goes on by itself, and its result is found when the host is back', async () => {
    await controller.write('cut.yaml', slow('cut', ['t1']))
    await untilChecking('t1')
    await lab.cut('t1')
    await endSessions('t1')
    await untilTrue('it has ended', async () => (await outcomes('t1', 'cut'))[0] === 'outcome succeeded')
    await lab.heal('t1')
    await untilDone('t1', 'cut')
    expect(await ran('t1', 'cut')).toHaveLength(1)
    expect(await starts(lab, 't1', 'cut')).toEqual(['one'])
  })

  test('the connection hangs for a while is not even noticed', async () => {
    await controller.write('hung.yaml', slow('hung', ['t1']))
    await untilChecking('t1')
    await lab.cut('t1')
    await sleep(1_000)
    await lab.heal('t1')
    await untilDone('t1', 'hung')
    expect(await ran('t1', 'hung')).toHaveLength(1)
    expect(await starts(lab, 't1', 'hung')).toEqual(['one'])
  })

  test('the connection is lost while it is sent is sent again, and nothing of the first half was done', async () => {
    await controller.write('torn.yaml', sleeper('torn', ['t2']))
    await untilDone('t2', 'torn')
    const before = await ran('t2', 'torn')
    await lab.cutAfterBytes('t2', 60_000)
    const bulk = { files: [{ path: '/etc/torn/bulk', content: randomText(200_000) }] }
    await controller.write('torn.yaml', sleeper('torn', ['t2'], { config: 'two', more: bulk }))
    await controller.until('torn@t2', ({ intent }) => intent !== undefined)
    await sleep(1_000)
    await endSessions('t2')
    expect(await ran('t2', 'torn')).toEqual(before)
    expect((await lab.shell('t2', `cat ${configFile('torn')}`)).trim()).toBe('one')
    await lab.heal('t2')
    const isThere = async () => (await lab.shell('t2', `cat ${configFile('torn')}`)).trim() === 'two'
    await untilTrue('the second one is there', isThere)
    await untilDone('t2', 'torn')
    expect(await starts(lab, 't2', 'torn')).toEqual(['one', 'two'])
  })

  test('the host is rebooted, or loses its power, is finished after the boot', async () => {
    await controller.write('rebooted.yaml', slow('rebooted', ['t1']))
    await controller.write('dark.yaml', slow('dark', ['t2']))
    const rebooted = untilChecking('t1').then(() => lab.reboot('t1'))
    const dark = untilChecking('t2')
      .then(() => lab.powerCut('t2'))
      .then(() => lab.start('t2'))
    await Promise.all([rebooted, dark])
    for (const [host, name] of [
      ['t1', 'rebooted'],
      ['t2', 'dark'],
    ] as const) {
      await untilDone(host, name)
      expect(await lab.shell(host, `systemctl is-active ${name}; cat ${configFile(name)}`)).toBe('active\none\n')
      expect(await lab.shell(host, "find /etc -name '.homeostat-*'")).toBe('')
    }
    // Everything else came up with the host, and the controller left it alone.
    for (const { key, generation } of await controller.statuses()) {
      await controller.untilState(key, 'healthy.inSync')
      expect(generation, key).toBe(key === 'torn@t2' ? 2 : 1)
    }
  })
})

/** Text that no compression on the way makes small. */
function randomText(characters: number): string {
  return randomBytes(characters / 2).toString('hex')
}
