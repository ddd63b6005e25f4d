// Most hosts cease to answer within a minute: the others are left as they are, and everything goes on by itself when they are back.
import { expect, test } from 'vitest'
import { isBlocked, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { starts, untilProven } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const names = ['t1', 't2', 't3']
const lab = await useLab(...names)
const spread = (config: string) => sleeper('spread', names, { config, spec: { rollout: { maxParallel: 3 } } })
const configOn = async (name: string) => (await lab.shell(name, `cat ${configFile('spread')}`)).trim()

test('nothing is changed on any host until most of them have been back for a minute, and then it goes on by itself', async () => {
  await using controller = await newController(lab)
  await controller.write('hosts.yaml', ...names.map((name) => host(lab, name)))
  await controller.write('spread.yaml', spread('one'))
  controller.start()
  for (const name of names) {
    await controller.untilState(`spread@${name}`, 'healthy.inSync')
    await untilProven(lab, name, 'spread')
  }
  await Promise.all(['t1', 't2'].map((name) => lab.cut(name)))
  const isFrozen = async () => (await controller.metric('homeostat_fleet_frozen')) === 1
  await untilTrue('it is frozen', isFrozen)
  await controller.write('spread.yaml', spread('two'))
  await lab.shell('t3', `echo by hand > ${configFile('spread')}`)
  const waits = await controller.until('spread@t3', (status) => isBlocked(status, 'FleetFrozen'))
  expect(waits.conditions.find(({ type }) => type === 'Blocked')?.message).toMatch(/2 of 3 hosts .*\(t1, t2\)/)
  for (let look = 0; look < 3; look++) await untilLookedAt(controller, 't3')
  expect([await configOn('t3'), await starts(lab, 't3', 'spread')]).toEqual(['by hand', ['one']])

  await Promise.all(['t1', 't2'].map((name) => lab.heal(name)))
  await untilTrue('it is over', async () => !(await isFrozen()))
  for (const name of names) await untilTrue(`${name} has it`, async () => (await configOn(name)) === 'two')
  for (const name of names) await controller.untilState(`spread@${name}`, 'healthy.inSync')
  const told = (await controller.events()).map(({ reason }) => reason).filter((reason) => reason.startsWith('Fleet'))
  expect(told).toEqual(['FleetFrozen', 'FleetThawed'])
})
