// What a host tells by itself: with a resync of an hour, whatever is put right here was put right because the host said so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

const watching = (name: string) =>
  lab.shell(name, "systemctl list-units --all --plain --no-legend --state=active 'homeostat-watch-*'")
/** The last thing that a deploy does: the channel is made anew for what is there now. */
const untilWatched = (name: string, paths: number) =>
  untilTrue(`${name} watches for ${paths} groups of files`, async () => {
    const units = await watching(name)
    return units.match(/\.path /g)?.length === paths && units.match(/homeostat-watch-\w+\.service /g)?.length === 1
  })

/** Each on a component of its own: what drifts again and again is put back more and more slowly. */
const damages = [
  { name: 'edited', what: 'a file is edited in place', damage: `echo other >> ${configFile('edited')}` },
  {
    name: 'replaced',
    what: 'a file is replaced, as editors do',
    damage: 'cd /etc/replaced && echo other > .new && mv .new replaced.conf',
  },
  { name: 'deleted', what: 'a file is deleted', damage: `rm ${configFile('deleted')}` },
  { name: 'chmodded', what: 'a mode is changed', damage: `chmod 666 ${configFile('chmodded')}` },
  { name: 'stopped', what: 'a unit is stopped', damage: 'systemctl stop stopped' },
  { name: 'killed', what: 'a process is killed', damage: 'systemctl kill -s KILL killed' },
]

beforeAll(async () => {
  controller = await newController(lab, { resync: '1h' })
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  const packaged = sleeper('packaged', ['t1'], { more: { packages: ['procps'] } })
  const drifting = damages.map(({ name }) => sleeper(name, ['t1']))
  await controller.write('all.yaml', sleeper('away', ['t2']), sleeper('stormy', ['t1']), packaged, ...drifting)
  controller.start()
  const names = ['stormy', 'packaged', ...damages.map(({ name }) => name)]
  await Promise.all(
    ['away@t2', ...names.map((name) => `${name}@t1`)].map((key) => controller.untilState(key, 'healthy')),
  )
  // One for each component, one for packages.
  await untilWatched('t1', names.length + 1)
  await untilWatched('t2', 2)
})
afterAll(() => controller?.[Symbol.asyncDispose]())

describe('a change by hand is told by the host', () => {
  test.each(damages)('$what', async ({ name, damage }) => {
    await lab.shell('t1', damage)
    await controller.untilEvent(`${name}@t1`, 'DriftFound')
    await controller.untilEvent(`${name}@t1`, 'DriftCorrected')
    const seen = await lab.shell(
      't1',
      `cat ${configFile(name)}; stat -c %a ${configFile(name)}; systemctl is-active ${name}`,
    )
    expect(seen.trim().split('\n')).toEqual(['one', '640', 'active'])
  })

  test('a package is removed', async () => {
    await lab.shell('t1', 'dpkg --remove --force-depends procps')
    await controller.untilEvent('packaged@t1', 'DriftCorrected')
    expect(await lab.shell('t1', 'dpkg-query -s procps')).toContain('install ok installed')
  })

  test('a thousand edits within a second lead to a few passes', async () => {
    const passes = () => controller.metric('homeostat_reconcile_total{result="succeeded"}')
    const before = await passes()
    await lab.shell('t1', `i=0; while [ $i -lt 1000 ]; do echo $i > /etc/stormy/other; i=$((i + 1)); done`)
    await untilTrue('they were told', async () => (await passes()) > before)
    await lab.shell('t1', 'sleep 4')
    expect((await passes()) - before).toBeLessThan(20)
    expect((await controller.status('stormy@t1'))?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    )
  })
})

test('what changed while the channel was lost is found when the host is back', async () => {
  await lab.cut('t2')
  await lab.exec('t2', ['sh', '-c', `echo other > ${configFile('away')}`])
  await untilTrue('t2 is known to be away', async () =>
    (await controller.hosts()).some(({ name, reachable }) => name === 't2' && !reachable),
  )
  await lab.heal('t2')
  await controller.untilEvent('away@t2', 'DriftCorrected')
  expect((await lab.shell('t2', `cat ${configFile('away')}`)).trim()).toBe('one')
  await untilWatched('t2', 2)
}, 180_000)

test('a controller that is killed leaves nothing that watches', async () => {
  await controller.kill()
  for (const name of ['t1', 't2'])
    await untilTrue(`nothing watches on ${name}`, async () => (await watching(name)).trim() === '')
})
