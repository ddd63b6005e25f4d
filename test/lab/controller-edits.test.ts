// What is written changes while the controller works: during a deploy, in a burst, and in ways that cannot be read.
import { mkdir, rename, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, isBlocked, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const healthyWith = async (name: string, config: string) => {
  const isThere = async () => (await lab.shell('t1', `cat ${configFile(name)} 2>/dev/null || true`)).trim() === config
  await untilTrue(`${name} has ${config}`, isThere)
  return controller.untilState(`${name}@t1`, 'healthy.inSync')
}
const ran = async (name: string) => (await operations(lab, 't1')).filter((id) => id.startsWith(`${name}-`))

describe('a change of what is written', () => {
  test('during a deploy is deployed as soon as the running operation has ended', async () => {
    // The checker of the first revision takes its time, so the second one comes in the middle of the operation.
    const slow = { files: [{ path: '/etc/busy/slow', content: 'x', validate: ['sh', '-c', 'sleep 3', '{staged}'] }] }
    await controller.write('busy.yaml', sleeper('busy', ['t1'], { config: 'first', more: slow }))
    await controller.untilState('busy@t1', 'deploying.applying')
    await controller.write('busy.yaml', sleeper('busy', ['t1'], { config: 'second' }))
    const status = await healthyWith('busy', 'second')
    expect(status.generation).toBe(2)
    expect((await starts(lab, 't1', 'busy')).at(-1)).toBe('second')
    expect(await ran('busy')).toHaveLength(2)
  })

  test('ten times in five seconds ends at the last', async () => {
    // Our own starts are not a crash loop, however few systemd allows.
    const service = '[Unit]\nStartLimitIntervalSec=10min\nStartLimitBurst=2'
    const hasty = (edit: number) => sleeper('hasty', ['t1'], { config: `edit-${edit}`, service })
    await controller.write('hasty.yaml', hasty(0))
    await controller.untilState('hasty@t1', 'healthy.inSync')
    for (let edit = 1; edit <= 10; edit++) {
      await controller.write('hasty.yaml', hasty(edit))
      await sleep(450)
    }
    const { generation } = await healthyWith('hasty', 'edit-10')
    await untilProven(lab, 't1', 'hasty')
    const seen = await starts(lab, 't1', 'hasty')
    expect(seen.at(-1)).toBe('edit-10')
    // In order, none twice; some may have been passed over.
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))))
    expect(generation).toBe(seen.length)
    const later = await ledger(lab, 't1')
    await untilLookedAt(controller, 't1')
    expect(await ledger(lab, 't1')).toBe(later)
  })
})

describe('what cannot be read', () => {
  test('holds back its own component alone: the good ones beside it go on, and nothing is removed', async () => {
    await controller.write('steady.yaml', sleeper('steady', ['t1']))
    await controller.write('other.yaml', sleeper('other', ['t1']))
    await controller.untilState('steady@t1', 'healthy.inSync')
    await controller.untilState('other@t1', 'healthy.inSync')

    await controller.write('steady.yaml', 'kind: Component\nmetadata: { name: steady }\nspec: [1, 2\n')
    await controller.write('other.yaml', sleeper('other', ['t1'], { config: 'two' }))
    await healthyWith('other', 'two')
    expect(await starts(lab, 't1', 'steady')).toEqual(['one'])
    expect(controller.log).toMatch(/"at":"steady.yaml:\d+:\d+"/)

    // As it was is not only left running: it is still kept that way.
    await lab.shell('t1', `echo by hand > ${configFile('steady')}`)
    await controller.untilEvent('steady@t1', 'DriftCorrected')
    expect((await lab.shell('t1', `cat ${configFile('steady')}`)).trim()).toBe('one')

    await controller.write('steady.yaml', sleeper('steady', ['t1'], { config: 'repaired' }))
    await healthyWith('steady', 'repaired')
  })

  test('a component that is written no more is not removed while another file is broken', async () => {
    await controller.write('other.yaml', 'spec: { type: [')
    await controller.remove('steady.yaml')
    await controller.until('steady@t1', (status) => isBlocked(status, 'FilesBroken'))
    expect((await lab.shell('t1', 'systemctl is-active steady')).trim()).toBe('active')
    await controller.write('steady.yaml', sleeper('steady', ['t1'], { config: 'repaired' }))
    await controller.write('other.yaml', sleeper('other', ['t1'], { config: 'two' }))
    await controller.untilState('steady@t1', 'healthy.inSync')
  })

  test.each(['emptied', 'vanished'])(
    'a directory that has %s removes nothing, and is looked at as before',
    async (how) => {
      await untilProven(lab, 't1', 'busy', 'hasty', 'other', 'steady')
      const before = await ledger(lab, 't1')
      const aside = `${controller.home}/aside`
      await rename(controller.desired, aside)
      if (how === 'emptied') await mkdir(controller.desired)
      const told = how === 'emptied' ? 'is empty' : 'it does not exist'
      await untilTrue('the controller says so', async () => controller.log.includes(told))
      await untilLookedAt(controller, 't1')
      expect(await ledger(lab, 't1')).toBe(before)

      // A controller that is started now knows no more than this directory, and removes nothing either.
      await controller.kill()
      controller.start()
      await untilLookedAt(controller, 't1')
      expect(await ledger(lab, 't1')).toBe(before)

      await rm(controller.desired, { recursive: true, force: true })
      await rename(aside, controller.desired)
      await controller.write('other.yaml', sleeper('other', ['t1'], { config: how }))
      await healthyWith('other', how)
    },
  )
})
