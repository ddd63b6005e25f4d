// Hosts that are not as they should be: the wrong key, the wrong machine, no answer. And a login that is not root.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2', 't3', 't4')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('good.yaml', host(lab, 't1'), host(lab, 't2'))
  controller.start()
})
afterAll(async () => {
  await lab.heal('t4')
  await controller[Symbol.asyncDispose]()
})

const unreached = ({ conditions }: ComponentStatus) =>
  conditions.find(({ type, status }) => type === 'Reachable' && status === 'False')?.message
const traces = (name: string) => lab.shell(name, 'ls -A /var/lib/homeostat /run/homeostat 2>/dev/null || true')

describe('a host that shows another key than it should', () => {
  test('gets nothing at all, and the message says which key was meant', async () => {
    const logins = () => lab.shell('t3', "journalctl -b --no-pager -u ssh | grep -c 'Accepted' || true")
    const before = await logins()
    const pin = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    await controller.write('t3.yaml', host(lab, 't3', { ssh: { hostKeys: [pin] } }), sleeper('keyed', ['t3']))
    const status = await controller.until('keyed@t3', (status) => unreached(status) !== undefined)
    expect(unreached(status)).toContain('host key')
    expect(unreached(status)).toContain(pin)
    expect(unreached(status)).toContain('t3')
    expect(await traces('t3')).toBe('')
    expect(await logins()).toBe(before)
    // A condition, not a failure of the component.
    expect(await controller.untilState('keyed@t3', 'deploying')).toMatchObject({ generation: 0 })
  })

  test('and is deployed to as soon as the right key stands there', async () => {
    const [type, key] = (await lab.shell('t3', 'cat /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')
    await controller.write(
      't3.yaml',
      host(lab, 't3', { ssh: { hostKeys: [`${type} ${key}`] } }),
      sleeper('keyed', ['t3']),
    )
    await controller.untilState('keyed@t3', 'healthy.inSync')
  })

  test('or is another machine than the one meant gets no operation', async () => {
    const machineId = '0123456789abcdef0123456789abcdef'
    await controller.write('t3.yaml', host(lab, 't3', { machineId }), sleeper('keyed', ['t3'], { config: 'two' }))
    const status = await controller.until('keyed@t3', (status) => unreached(status)?.includes(machineId) === true)
    expect(unreached(status)).toContain('is not t3')
    expect(await starts(lab, 't3', 'keyed')).toEqual(['one'])
    await controller.remove('t3.yaml')
  })
})

test('a user that is not root deploys through sudo', async () => {
  const wanted = sleeper('humble', ['t2'])
  await controller.write('humble.yaml', wanted)
  await controller.write('good.yaml', host(lab, 't1'), host(lab, 't2', { ssh: { user: 'admin' } }))
  await controller.untilState('humble@t2', 'healthy.inSync')
  await untilProven(lab, 't2', 'humble')
  // One that stays, and one each to be given time for the proof and to confirm it: those have to be new.
  const logins = "journalctl --sync; journalctl -b --no-pager -u ssh | grep -c 'Accepted publickey for admin'"
  expect(await lab.shell('t2', logins)).toBe('3\n')
  expect(await lab.shell('t2', `stat -c '%U %a' ${configFile('humble')} /var/lib/homeostat`)).toBe(
    'root 640\nroot 700\n',
  )
  await lab.shell('t2', `chmod 600 ${configFile('humble')}`)
  await controller.untilEvent('humble@t2', 'DriftCorrected')
  expect(await lab.shell('t2', `stat -c %a ${configFile('humble')}`)).toBe('640\n')
  expect(await recordOf(lab, 't2', 'humble')).toContain('generation 1')
})

test('a host behind another one is deployed to through that one, and goes with it', async () => {
  await controller.write('good.yaml', host(lab, 't1'), host(lab, 't2'))
  await controller.write('t3.yaml', host(lab, 't3', { ssh: { jump: 't1' } }), sleeper('behind', ['t3']))
  await controller.untilState('behind@t3', 'healthy.inSync')
  await untilProven(lab, 't3', 'behind')
  const address = lab.hosts.find(({ name }) => name === 't1')?.address
  const [peer = ''] = (await lab.shell('t3', "ss -Htn state established 'sport = :22'")).trim().split('\n')
  expect(peer).toContain(`${address}:`)

  await lab.cut('t1')
  // A look that was under way may be given up first, which says nothing of the host before it.
  const status = await controller.until('behind@t3', (status) => unreached(status)?.includes('jump host t1') === true)
  expect(unreached(status)).toContain('t1')
  await lab.heal('t1')
  await lab.shell('t3', `chmod 600 ${configFile('behind')}`)
  await controller.untilEvent('behind@t3', 'DriftCorrected')
  await controller.remove('t3.yaml')
})

describe('a host that does not answer', () => {
  /** From the file being written to both components being healthy, in milliseconds. */
  async function deploy(name: string, hosts: string[]): Promise<number> {
    const begunAtMs = Date.now()
    await controller.write(`${name}.yaml`, sleeper(name, hosts))
    for (const host of ['t1', 't2']) await controller.untilState(`${name}@${host}`, 'healthy.inSync')
    return Date.now() - begunAtMs
  }

  /** A machine that is just busy is not so each time. */
  async function undelayed(name: string, aloneMs: number): Promise<void> {
    for (let turn = 1; turn <= 5; turn++)
      if ((await deploy(turn === 1 ? name : `${name}-${turn}`, ['t1', 't2', 't4'])) < 2 * aloneMs + 2_000) return
    expect.fail(`each of five deploys took longer than twice ${aloneMs} ms and two seconds`)
  }

  test('does not delay the others, and is deployed to when it is back', async () => {
    const aloneMs = await deploy('before', ['t1', 't2'])
    await lab.cut('t4')
    await controller.write('t4.yaml', host(lab, 't4'))
    await undelayed('beside', aloneMs)
    // Long after the connection was given up, too.
    const status = await controller.until('beside@t4', (status) => unreached(status) !== undefined)
    expect(unreached(status)).toContain('t4')
    await undelayed('later', aloneMs)
    expect((await controller.hosts()).map(({ name, reachable }) => [name, reachable])).toContainEqual(['t4', false])
    expect(await operations(lab, 't4')).toEqual([])

    await lab.heal('t4')
    await untilTrue('it is asked for', async () => (await controller.cli(['reconcile', 'beside@t4'])).exitCode === 0)
    await controller.untilState('beside@t4', 'healthy.inSync')
    await controller.untilState('later@t4', 'healthy.inSync')
  })
})
