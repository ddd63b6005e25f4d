// What is written no more goes from its host: all that it owned, only what it owned, and not by accident.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, isBlocked, newController, untilTrue } from '../support/controller.ts'
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

  test('waits for a confirmation when it is one of many', async () => {
    const names = ['one-a', 'one-b', 'one-c', 'one-d']
    const all = names.map((name) => custom(name, ['t2'], { files: [{ path: `/etc/many/${name}`, content: name }] }))
    await controller.write('many.yaml', ...all)
    for (const name of names) await controller.untilState(`${name}@t2`, 'healthy.inSync')
    await controller.remove('many.yaml')
    for (const name of names) await controller.until(`${name}@t2`, (status) => isBlocked(status, 'RemovalNotConfirmed'))
    expect((await lab.shell('t2', 'ls /etc/many')).split('\n')).toEqual([...names, ''])
    for (const name of names)
      expect(await controller.cli(['reconcile', '--confirm-removal', name])).toMatchObject({ exitCode: 0 })
    await untilTrue('all are gone', async () =>
      (await controller.statuses()).every(({ key }) => !key.startsWith('one-')),
    )
    expect(await lab.shell('t2', 'ls /etc/many 2>/dev/null || true')).toBe('')
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
