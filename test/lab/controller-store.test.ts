// The store is lost, damaged or not the only one: the hosts' own records decide, and nothing is deployed twice.
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Controller, isBlocked, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { freshHosts, useLab } from '../support/lab.ts'

const lab = await useLab()
let controller: Controller

const checked = (config: string) =>
  sleeper('checked', ['t1'], {
    config,
    more: { files: [{ path: '/etc/checked/rules', content: config, validate: ['grep', '-q', 'good', '{staged}'] }] },
  })

beforeEach(async () => {
  await freshHosts(lab, ['t1'])
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
})
afterEach(() => controller[Symbol.asyncDispose]())

/** One component that is healthy, one of which the second revision was taken back. */
async function settle(): Promise<string> {
  await controller.write('plain.yaml', sleeper('plain', ['t1']))
  await controller.write('checked.yaml', checked('good'))
  controller.start()
  for (const name of ['plain', 'checked']) await controller.untilState(`${name}@t1`, 'healthy.inSync')
  await untilProven(lab, 't1', 'plain', 'checked')
  await controller.write('checked.yaml', checked('bad'))
  await controller.untilState('checked@t1', 'rolledBack.holding')
  await untilLookedAt(controller, 't1')
  return ledger(lab, 't1')
}

async function expectAllKnownAgain(before: string): Promise<void> {
  const plain = await controller.untilState('plain@t1', 'healthy.inSync')
  const taken = await controller.untilState('checked@t1', 'rolledBack.holding')
  await untilLookedAt(controller, 't1')
  expect(await ledger(lab, 't1')).toBe(before)
  expect(plain).toMatchObject({ generation: 1, lastGood: plain.desired })
  expect(taken.lastGood).not.toBe(taken.desired)
  expect(taken.lifecycle.context.rejected).toContain(taken.desired)
  expect((await controller.events('plain@t1')).map(({ reason }) => reason)).toContain('Adopted')

  // And it works on from there, with a token that the host accepts.
  await controller.write('checked.yaml', checked('good too'))
  await controller.untilState('checked@t1', 'healthy.inSync')
  expect(await starts(lab, 't1', 'plain')).toEqual(['one'])
  expect((await starts(lab, 't1', 'checked')).join(' ')).toBe('good good too')
}

describe('a store', () => {
  test('that is lost is rebuilt from the host: nothing is deployed again, what was rejected stays rejected', async () => {
    const before = await settle()
    await controller.kill()
    await rm(controller.state, { recursive: true })
    controller.start()
    await expectAllKnownAgain(before)
  })

  test('that is lost together with a file: what nobody names any more is found on the host and removed', async () => {
    await settle()
    const record = await recordOf(lab, 't1', 'checked')
    await controller.kill()
    await rm(controller.state, { recursive: true })
    await controller.remove('plain.yaml')
    controller.start()
    await untilTrue('it is gone', async () => (await recordOf(lab, 't1', 'plain')).length === 0)
    const look = `systemctl show -p LoadState --value plain; ls ${configFile('plain')} 2>&1 | grep -c 'No such file'`
    expect(await lab.shell('t1', look)).toBe('not-found\n1\n')
    await controller.untilState('checked@t1', 'rolledBack.holding')
    expect(await recordOf(lab, 't1', 'checked')).toEqual(record)
    const reasons = (await controller.events('plain@t1')).map(({ reason }) => reason)
    expect(reasons).toEqual(expect.arrayContaining(['Orphaned', 'Adopted', 'Removing', 'Removed']))
    expect(reasons).not.toContain('Applied')
    await untilTrue('and forgotten', async () => (await controller.status('plain@t1')) === undefined)
  })

  test('that is lost together with the last file of a host: that host is looked at all the same', async () => {
    await settle()
    await controller.kill()
    await rm(controller.state, { recursive: true })
    await controller.remove('plain.yaml')
    await controller.remove('checked.yaml')
    controller.start()
    // Two of two: a person is asked.
    for (const name of ['plain', 'checked'])
      await controller.until(`${name}@t1`, (status) => isBlocked(status, 'RemovalNotConfirmed'))
    expect((await lab.shell('t1', 'systemctl is-active plain')).trim()).toBe('active')
    expect(await controller.cli(['reconcile', '--confirm-removal', 'plain'])).toMatchObject({ exitCode: 0 })
    await untilTrue('it is gone', async () => (await recordOf(lab, 't1', 'plain')).length === 0)
    expect(await recordOf(lab, 't1', 'checked')).not.toEqual([])
  })

  test('that is damaged is moved aside, and rebuilt the same way', async () => {
    const before = await settle()
    await controller.stop()
    const path = join(controller.state, 'store.sqlite')
    const file = await open(path, 'r+')
    const { size } = await stat(path)
    for (let at = 4_096; at < size; at += 512) await file.write(Buffer.alloc(64, 0xa5), 0, 64, at)
    await file.close()
    controller.start()
    await expectAllKnownAgain(before)
    expect(controller.log).toContain('damaged')
    expect((await readdir(controller.state)).filter((name) => name.includes('.damaged-'))).not.toEqual([])
  })

  test('that a controller holds is refused to a second one, which says who has it', async () => {
    await settle()
    const second = await newController(lab, { state: controller.state, desired: controller.desired })
    await using _ = second
    second.start()
    expect(await second.ended()).toBe(2)
    expect(second.log).toContain(`process ${controller.pid}`)
    await controller.untilState('plain@t1', 'healthy.inSync')
  })
})

describe('a second controller with a store of its own', () => {
  test('overtakes one that was held up: the host refuses the late operation, and nothing is done twice', async () => {
    controller.start()
    const bulk = { files: [{ path: '/etc/shared/bulk', content: 'x'.repeat(900_000) }] }
    await lab.cutAfterBytes('t1', 150_000)
    await controller.write('shared.yaml', sleeper('shared', ['t1'], { more: bulk }))
    const { intent } = await controller.until('shared@t1', (status) => status.intent !== undefined)
    await sleep(1_000)
    controller.pause()
    await lab.heal('t1')

    const second = await newController(lab, { desired: controller.desired })
    await using _ = second
    second.start()
    await second.untilState('shared@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'shared')
    await second.stop()
    const before = await lab.shell('t1', 'cat /var/lib/homeostat/fence /var/lib/homeostat/components/shared/record')

    controller.resume()
    const after = await controller.untilState('shared@t1', 'healthy.inSync')
    await untilLookedAt(controller, 't1')
    expect((await controller.events('shared@t1')).map(({ reason }) => reason)).toContain('Refused')
    expect(after.generation).toBe(1)
    expect(await starts(lab, 't1', 'shared')).toEqual(['one'])
    expect(await lab.shell('t1', 'cat /var/lib/homeostat/fence /var/lib/homeostat/components/shared/record')).toBe(
      before,
    )
    const results = await lab.shell('t1', 'cd /var/lib/homeostat/ops; grep -h ^outcome */result')
    expect(
      results
        .trim()
        .split('\n')
        .filter((line) => line === 'outcome succeeded'),
    ).toHaveLength(1)
    expect((await operations(lab, 't1')).length).toBeLessThanOrEqual(2)
    expect(intent?.fence).toBe(1)
  })

  test('and another desired state leaves alone what the first one put there, and says so', async () => {
    await controller.write('plain.yaml', sleeper('plain', ['t1']))
    controller.start()
    await controller.untilState('plain@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'plain')
    const before = await recordOf(lab, 't1', 'plain')
    const second = await newController(lab)
    await using _ = second
    await second.write('hosts.yaml', host(lab, 't1'))
    await second.write('own.yaml', sleeper('own', ['t1']))
    second.start()
    await second.untilState('own@t1', 'healthy.inSync')
    for (const one of [controller, second]) await untilLookedAt(one, 't1')
    expect((await second.statuses()).map(({ key }) => key)).toEqual(['own@t1'])
    expect((await controller.statuses()).map(({ key }) => key)).toEqual(['plain@t1'])
    for (const one of [controller, second]) expect(one.log).toContain('another controller put')
    expect(await recordOf(lab, 't1', 'plain')).toEqual(before)
    expect(await starts(lab, 't1', 'plain')).toEqual(['one'])

    // Its own goes all the same, and what is written as disabled too.
    await second.remove('own.yaml')
    await untilTrue('its own is gone', async () => (await recordOf(lab, 't1', 'own')).length === 0)
    await controller.stop()
    await second.write('plain.yaml', sleeper('plain', ['t1'], { spec: { enabled: false } }))
    await untilTrue('the other is gone', async () => (await recordOf(lab, 't1', 'plain')).length === 0)
  })

  test('that comes later and wants the same leaves the host alone, as the first one does then', async () => {
    await controller.write('plain.yaml', sleeper('plain', ['t1']))
    controller.start()
    await controller.untilState('plain@t1', 'healthy.inSync')
    await untilProven(lab, 't1', 'plain')
    const before = await ledger(lab, 't1')
    const second = await newController(lab, { desired: controller.desired })
    await using _ = second
    second.start()
    await second.untilState('plain@t1', 'healthy.inSync')
    for (const one of [controller, second]) await untilLookedAt(one, 't1')
    expect(await ledger(lab, 't1')).toBe(before)
    expect(await starts(lab, 't1', 'plain')).toEqual(['one'])
  })
})
