// What is written no more goes from its host: all that it owned, only what it owned, and not by accident.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, isBlocked, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, custom, host, sleeper } from '../support/desired-yaml.ts'
import { recordOf, starts } from '../support/host-ledger.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2')
let controller: Controller

beforeAll(async () => {
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  await controller.write('other.yaml', sleeper('other', ['t1']))
  controller.start()
  await controller.untilState('other@t1', 'healthy.inSync')
})
afterAll(() => controller[Symbol.asyncDispose]())

describe('a component that is written no more', () => {
  test('is removed from its host with what it owned, and what was there before is back', async () => {
    await lab.shell(
      't1',
      `set -e
mkdir -p /etc/leaver /srv/leaver-kept
printf 'before us\\n' > /etc/leaver/taken; chown admin:games /etc/leaver/taken; chmod 0604 /etc/leaver/taken
chmod 0711 /srv/leaver-kept`,
    )
    const more = {
      packages: ['curl', 'dns-root-data'],
      directories: [
        { path: '/srv/leaver-made', mode: '0750' },
        { path: '/srv/leaver-data', mode: '0750' },
        { path: '/srv/leaver-kept', mode: '0755', owner: 'admin' },
      ],
      files: [
        { path: '/etc/leaver/taken', content: 'ours' },
        { path: '/opt/leaver/deep/er/file', content: 'ours' },
      ],
    }
    await controller.write('leaver.yaml', sleeper('leaver', ['t1', 't2'], { more }))
    await controller.untilState('leaver@t1', 'healthy.inSync')
    await controller.untilState('leaver@t2', 'healthy.inSync')
    await lab.shell('t1', 'echo data > /srv/leaver-data/data; echo mine > /etc/leaver/mine')
    const other = await recordOf(lab, 't1', 'other')

    // From one host first, then from the other one.
    await controller.write('leaver.yaml', sleeper('leaver', ['t2'], { more }))
    await untilTrue('it is gone from t1', async () => (await controller.status('leaver@t1')) === undefined)
    expect(await recordOf(lab, 't1', 'leaver')).toEqual([])
    const look = `systemctl show -p LoadState --value leaver; cat /etc/leaver/taken /etc/leaver/mine
stat -c '%U:%G %a' /etc/leaver/taken /srv/leaver-kept; cat /srv/leaver-data/data
ls -d /srv/leaver-made /opt/leaver ${configFile('leaver')} /etc/systemd/system/leaver.service 2>&1 | grep -vc 'No such file'
dpkg-query -W -f '$\{db:Status-Status}\\n' curl; dpkg-query -W dns-root-data 2>&1 || true`
    expect((await lab.shell('t1', look)).trim().split('\n')).toEqual([
      'not-found',
      'before us',
      'mine',
      'admin:games 604',
      'root:root 711',
      'data',
      '0',
      'installed',
      'dpkg-query: no packages found matching dns-root-data',
    ])
    expect(await recordOf(lab, 't1', 'other')).toEqual(other)
    expect((await lab.shell('t2', 'systemctl is-active leaver')).trim()).toBe('active')

    await controller.remove('leaver.yaml')
    await untilTrue('it is gone from t2', async () => (await controller.status('leaver@t2')) === undefined)
    expect((await lab.shell('t2', 'systemctl show -p LoadState --value leaver')).trim()).toBe('not-found')
    expect((await controller.events('leaver@t2')).map(({ reason }) => reason)).toContain('Removed')
  })

  test('and was only ever refused by its checker leaves nothing of ours, and what was there before as it was', async () => {
    await lab.shell('t1', 'mkdir -p /etc/refused; echo theirs > /etc/refused/rules; chmod 0604 /etc/refused/rules')
    const look = "stat -c '%n %U:%G %a' /etc/refused /etc/refused/rules; cat /etc/refused/rules"
    const before = await lab.shell('t1', look)
    const rules = { path: '/etc/refused/rules', content: 'bad', validate: ['grep', '-q', 'good', '{staged}'] }
    await controller.write('refused.yaml', custom('refused', ['t1'], { files: [rules] }))
    await controller.untilState('refused@t1', 'rolledBack.holding')
    expect(await recordOf(lab, 't1', 'refused')).toContainEqual(expect.stringMatching(/^rejected /))

    await controller.remove('refused.yaml')
    await untilTrue('it is gone', async () => (await controller.status('refused@t1')) === undefined)
    const ours =
      "find /var/lib/homeostat/components /var/lib/homeostat/armed /run/homeostat -name '*refused*' 2> /dev/null || true"
    expect(await lab.shell('t1', ours)).toBe('')
    expect(await lab.shell('t1', look)).toBe(before)
  })

  test('waits for a confirmation when it is one of many', async () => {
    const names = ['one-a', 'one-b', 'one-c', 'one-d']
    const all = names.map((name) => custom(name, ['t2'], { files: [{ path: `/etc/many/${name}`, content: name }] }))
    await controller.write('many.yaml', ...all)
    for (const name of names) await controller.untilState(`${name}@t2`, 'healthy.inSync')
    const present = async () => (await lab.shell('t2', 'ls /etc/many 2>/dev/null || true')).split('\n').slice(0, -1)
    await controller.remove('many.yaml')
    const asked = (name: string) => controller.until(`${name}@t2`, (status) => isBlocked(status, 'RemovalNotConfirmed'))
    for (const name of names) await asked(name)
    expect(await present()).toEqual(names)

    // What is confirmed goes; the others are few enough now to go unasked, and wait all the same.
    expect(await controller.cli(['reconcile', '--confirm-removal', 'one-b'])).toMatchObject({ exitCode: 0 })
    await untilTrue('it is gone', async () => (await controller.status('one-b@t2')) === undefined)
    await controller.kill()
    controller.start()
    await untilLookedAt(controller, 't2')
    const left = ['one-a', 'one-c', 'one-d']
    expect(await present()).toEqual(left)
    const { lifecycle } = await asked('one-a')
    const question = String(lifecycle.context.message)
    expect(question).toMatch(
      /^3 of \d+ components would be removed, after \d in the last 10 minutes \(one-a, one-c, one-d\)\./,
    )

    const confirmAll = (digest: string) => controller.cli(['reconcile', '--confirm-removal', '--all', digest])
    const refused = await confirmAll('0123456789ab')
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('one-a, one-c, one-d')])
    expect(await present()).toEqual(left)
    expect(await confirmAll(question.split(' ').at(-1) ?? '')).toMatchObject({ exitCode: 0 })
    await untilTrue('all are gone', async () =>
      (await controller.statuses()).every(({ key }) => !key.startsWith('one-')),
    )
    expect(await present()).toEqual([])
    const events = await controller.events('one-a@t2')
    expect(events.map(({ reason }) => reason)).toContain('RemovalConfirmed')
    expect(await controller.cli(['reconcile', '--confirm-removal', 'other'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('other is in the desired state'),
    })
  })

  test('goes before what it needs, also when the controller is started anew in between', async () => {
    const noting = (name: string) => ({
      service: `ExecStopPost=/bin/sh -c 'sleep 5; date +%%s%%N > /var/lib/${name}.stopped'`,
    })
    await controller.write('base.yaml', sleeper('base', ['t2'], noting('base')))
    await controller.write('top.yaml', sleeper('top', ['t1'], { ...noting('top'), spec: { dependsOn: ['base'] } }))
    await controller.untilState('top@t1', 'healthy.inSync')
    await controller.kill()
    await controller.remove('base.yaml')
    await controller.remove('top.yaml')
    controller.start()
    await controller.until('base@t2', (status) => isBlocked(status, 'RemovalNotConfirmed'))
    for (const name of ['base', 'top'])
      expect(await controller.cli(['reconcile', '--confirm-removal', name])).toMatchObject({ exitCode: 0 })
    await controller.until('base@t2', (status) => isBlocked(status, 'DependentsRunning'))
    expect((await lab.shell('t2', 'systemctl is-active base')).trim()).toBe('active')
    await untilTrue('both are gone', async () => (await controller.status('base@t2')) === undefined)
    const stopped = async (at: string, name: string) =>
      Number(await lab.shell(at, `cat /var/lib/${name}.stopped`)) / 1e9
    expect((await stopped('t2', 'base')) - (await stopped('t1', 'top'))).toBeGreaterThan(5)
    expect(await controller.status('top@t1')).toBeUndefined()
  })

  test('while something needs what is disabled, that stays, and new revisions wait and name it', async () => {
    const high = (config: string, spec: Record<string, unknown>) => sleeper('high', ['t1'], { config, spec })
    await controller.write('low.yaml', sleeper('low', ['t2']))
    await controller.write('high.yaml', high('one', { dependsOn: ['low'] }))
    await controller.untilState('high@t1', 'healthy.inSync')
    await controller.write('low.yaml', sleeper('low', ['t2'], { spec: { enabled: false } }))
    await controller.until('low@t2', (status) => isBlocked(status, 'DependentsRunning'))
    await controller.write('high.yaml', high('two', { dependsOn: ['low'] }))
    const held = await controller.until('high@t1', (status) => isBlocked(status, 'DependencyDisabled'))
    expect(held.lifecycle.context.message).toContain('low')
    expect(await starts(lab, 't1', 'high')).toEqual(['one'])
    expect(await controller.cli(['validate', controller.desired])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/high\.yaml:\d+:\d+ {2}spec\.dependsOn\[0\]: low is disabled/),
    })
    await controller.write('high.yaml', high('two', { dependsOn: [{ name: 'low', soft: true }] }))
    await controller.untilState('high@t1', 'healthy.inSync')
    await controller.untilState('low@t2', 'disabled.absent')
    expect(await starts(lab, 't1', 'high')).toEqual(['one', 'two'])
  })

  test('and is only disabled leaves the host too, and comes back when it is enabled', async () => {
    await controller.write('switched.yaml', sleeper('switched', ['t1']))
    await controller.untilState('switched@t1', 'healthy.inSync')
    await controller.write('switched.yaml', sleeper('switched', ['t1'], { spec: { enabled: false } }))
    await controller.untilState('switched@t1', 'disabled.absent')
    expect((await lab.shell('t1', 'systemctl show -p LoadState --value switched')).trim()).toBe('not-found')
    await controller.write('switched.yaml', sleeper('switched', ['t1']))
    await controller.untilState('switched@t1', 'healthy.inSync')
    expect(await starts(lab, 't1', 'switched')).toEqual(['one', 'one'])
  })
})
