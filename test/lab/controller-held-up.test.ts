// The controller's own machine is in trouble: no room for the store, a store of an hour ago, a minute in which it does not run. Nothing is
// done that it could not write down, nothing twice, and it goes on by itself.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { runCommand } from '../../src/lab/run-command.ts'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2', 't3')

/** A controller that looks after one host, on which `NAME` is proven with the configuration `one`. */
async function settled(name: string, on: string, state?: string): Promise<Controller> {
  const controller = await newController(lab, state === undefined ? {} : { state })
  await controller.write('hosts.yaml', host(lab, on))
  await controller.write('one.yaml', sleeper(name, [on]))
  controller.start()
  await controller.untilState(`${name}@${on}`, 'healthy.inSync')
  await untilProven(lab, on, name)
  return controller
}

describe.concurrent('a controller', () => {
  test('whose disk is full does nothing that it cannot write down, and goes on when there is room', async () => {
    const disk = await mkdtemp(join(tmpdir(), 'homeostat-full-'))
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
    try {
      await using controller = await settled('full', 't1', join(disk, 'state'))
      await runCommand(['sh', '-c', `dd if=/dev/zero of=${disk}/filler bs=4k 2>/dev/null; true`])
      const before = await operations(lab, 't1')
      await controller.write('one.yaml', sleeper('full', ['t1'], { config: 'two' }))
      await untilTrue('it says so', async () => /no room|full|ENOSPC/i.test(controller.log))
      await sleep(5_000)
      expect(await operations(lab, 't1')).toEqual(before)
      expect(await starts(lab, 't1', 'full')).toEqual(['one'])
      expect(controller.log).not.toMatch(/^\s+at .*\.ts/m)
      await rm(join(disk, 'filler'))
      await untilTrue('it is there', async () => (await starts(lab, 't1', 'full')).join(' ') === 'one two')
      await controller.untilState('full@t1', 'healthy.inSync')
      expect(await starts(lab, 't1', 'full')).toEqual(['one', 'two'])
    } finally {
      await runCommand(['umount', '--lazy', disk])
      await rm(disk, { recursive: true, force: true })
    }
  })

  test('with a store of an hour ago believes the hosts: nothing is done again, nothing goes back', async () => {
    await using controller = await settled('aged', 't2')
    await controller.stop()
    const backup = join(controller.home, 'backup')
    await cp(controller.state, backup, { recursive: true })
    controller.start()
    for (const config of ['two', 'three']) {
      await controller.write('one.yaml', sleeper('aged', ['t2'], { config }))
      await untilTrue('it is there', async () => (await starts(lab, 't2', 'aged')).at(-1) === config)
      await controller.untilState('aged@t2', 'healthy.inSync')
      await untilProven(lab, 't2', 'aged')
    }
    await controller.stop()
    await rm(controller.state, { recursive: true })
    await mkdir(controller.state)
    await cp(backup, controller.state, { recursive: true })
    const before = await ledger(lab, 't2')
    controller.start()
    await controller.until('aged@t2', ({ generation }) => generation === 3)
    await untilLookedAt(controller, 't2')
    const { desired, lastGood } = await controller.untilState('aged@t2', 'healthy.inSync')
    expect(await ledger(lab, 't2')).toBe(before)
    expect(await starts(lab, 't2', 'aged')).toEqual(['one', 'two', 'three'])
    expect(lastGood).toBe(desired)
    // Its next token is above all that the host has seen.
    await controller.write('one.yaml', sleeper('aged', ['t2'], { config: 'four' }))
    await untilTrue('it is there', async () => (await starts(lab, 't2', 'aged')).at(-1) === 'four')
    await controller.untilState('aged@t2', 'healthy.inSync')
  })

  test('that does not run for a minute in the middle of an operation finds its result, and does nothing twice', async () => {
    await using controller = await settled('frozen', 't3')
    const files = [{ path: '/etc/frozen/slow', content: 'two', validate: ['sh', '-c', 'sleep 6', '{staged}'] }]
    await controller.write('one.yaml', sleeper('frozen', ['t3'], { config: 'two', more: { files } }))
    await untilTrue('its checker runs', async () => (await lab.exec('t3', ['pgrep', '-f', 'sleep 6'])).exitCode === 0)
    controller.pause()
    await sleep(60_000)
    expect(await starts(lab, 't3', 'frozen')).toContain('two')
    controller.resume()
    await controller.until('frozen@t3', ({ lifecycle }) => !('deploying' in (lifecycle.value as object)))
    await untilLookedAt(controller, 't3')
    // What the host took back by itself meanwhile was not proven in time; either way it is where it says it is.
    const status = await controller.until('frozen@t3', ({ intent, lifecycle }) => {
      const [state = ''] = Object.keys(lifecycle.value as object)
      return intent === undefined && ['healthy', 'rolledBack'].includes(state)
    })
    const isKept = 'healthy' in (status.lifecycle.value as object)
    expect((await starts(lab, 't3', 'frozen')).at(-1)).toBe(isKept ? 'two' : 'one')
    expect((await starts(lab, 't3', 'frozen')).filter((each) => each === 'two')).toHaveLength(1)
    expect((await lab.shell('t3', 'systemctl is-active frozen')).trim()).toBe('active')
  })
})
