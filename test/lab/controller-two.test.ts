// Two people at work on the same host at the same moment, each with a controller and a store of their own.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, starts, untilProven } from '../support/host-ledger.ts'
import { freshHosts, useLab } from '../support/lab.ts'

const lab = await useLab()
let both: [Controller, Controller]

beforeEach(async () => {
  await freshHosts(lab, ['t1'])
  both = [await newController(lab), await newController(lab)]
  for (const one of both) await one.write('hosts.yaml', host(lab, 't1'))
})
afterEach(() => Promise.all(both.map((one) => one[Symbol.asyncDispose]())))

const names = ['one', 'two', 'three']
const outcomes = async () =>
  (await lab.shell('t1', 'cd /var/lib/homeostat/ops && grep -h ^outcome */result')).trim().split('\n')

test('who want the same: everything is done once, and both know it', async () => {
  for (const one of both) await one.write('all.yaml', ...names.map((name) => sleeper(name, ['t1'])))
  for (const one of both) one.start()
  for (const one of both) for (const name of names) await one.untilState(`${name}@t1`, 'healthy.inSync')
  await untilProven(lab, 't1', ...names)
  for (const name of names) expect(await starts(lab, 't1', name), name).toEqual(['one'])
  expect((await outcomes()).filter((line) => line === 'outcome succeeded')).toHaveLength(names.length)

  // And then both are quiet.
  for (const one of both) await untilLookedAt(one, 't1')
  const before = await ledger(lab, 't1')
  for (const one of both) await untilLookedAt(one, 't1')
  expect(await ledger(lab, 't1')).toBe(before)
})

test('who want different things: one or the other is there, never a mixture; both are told of each other, and it has an end', async () => {
  const wants = ['mine', 'yours'] as const
  for (const [at, one] of both.entries()) {
    const config = wants[at] as string
    const more = { files: ['a', 'b'].map((name) => ({ path: `/etc/both/${name}`, content: `${config}\n` })) }
    await one.write('both.yaml', sleeper('both', ['t1'], { config, more }))
  }
  for (const one of both) one.start()
  // Read under the lock that every operation holds while it changes anything.
  const look = `flock /var/lib/homeostat/lock cat ${configFile('both')} /etc/both/a /etc/both/b | sort -u`
  const seen: string[] = []
  /** Who was overwritten three times asks a person instead of going on. */
  const hasGivenUp = async () =>
    (await Promise.all(both.map((one) => one.events('both@t1')))).flat().some(({ reason }) => reason === 'Contested')
  const isTold = async (one: Controller) =>
    (await one.events('both@t1')).some(
      ({ type, reason, message }) =>
        type === 'Warning' && ['Adopted', 'Refused'].includes(reason) && message.includes('another'),
    )
  await untilTrue(
    'both are told of each other, and one gives up',
    async () => {
      if ((await operations(lab, 't1')).length > 0) seen.push((await lab.shell('t1', look)).trim())
      return (await isTold(both[0])) && (await isTold(both[1])) && (await hasGivenUp())
    },
    240_000,
  )
  expect(new Set(seen).difference(new Set([...wants, '']))).toEqual(new Set())
  // In turns, each a whole change: what runs is what its configuration says.
  for (const one of both) await untilLookedAt(one, 't1')
  const said = await starts(lab, 't1', 'both')
  expect(said.filter((config, at) => config === said[at - 1])).toEqual([])
  for (const one of both) await untilLookedAt(one, 't1')
  expect(await starts(lab, 't1', 'both')).toEqual(said)
})
