// Hosts that do not let a change through: no packages to be had, dpkg in other hands, a disk that takes nothing, no rights. The reason is
// told, nothing is half done, and it goes on by itself as soon as it can.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from '../../src/model/status.ts'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, custom, host, sleeper } from '../support/desired-yaml.ts'
import { operations, starts, untilProven } from '../support/host-ledger.ts'
import { hostRepository } from '../support/host-packages.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2', 't3')
let controller: Controller

beforeAll(async () => {
  await lab.shell('t1', 'apt-get -qq update && apt-get -qq -y install --no-install-recommends python3 > /dev/null')
  controller = await newController(lab)
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'), host(lab, 't3', { ssh: { user: 'admin' } }))
  controller.start()
})
afterAll(() => controller[Symbol.asyncDispose]())

const said = ({ conditions }: ComponentStatus) => conditions.map(({ message }) => message).join('\n')
const version = () => lab.shell('t1', 'cat /usr/share/offered/version 2>/dev/null || true')
const offered = (wanted: string) => custom('offered', ['t1'], { packages: [`offered=${wanted}`] })

describe('a package', () => {
  test('that nobody offers any more leaves what is installed, says so, and comes when it is there again', async () => {
    const repository = await hostRepository(lab, 't1')
    await repository.add('offered', '1.0')
    await controller.write('offered.yaml', offered('1.0'))
    await controller.untilState('offered@t1', 'healthy.inSync')
    // A page instead of an index, as a proxy or a moved server gives.
    await lab.shell(
      't1',
      'echo "<html>moved</html>" > /srv/test-packages/Packages; apt-get clean; rm -rf /var/lib/apt/lists/*',
    )
    await controller.write('offered.yaml', offered('2.0'))
    const status = await controller.until('offered@t1', (one) => /offered.*2\.0|2\.0.*offered/s.test(said(one)))
    expect(said(status)).not.toMatch(/^\s*at .*\.ts/m)
    expect(await version()).toBe('1.0\n')
    await lab.shell('t1', ': > /srv/test-packages/Packages')
    await repository.add('offered', '2.0')
    await controller.cli(['unquarantine', 'offered@t1'])
    await controller.cli(['reconcile', 'offered@t1'])
    await untilTrue('it is there', async () => (await version()) === '2.0\n')
    await controller.untilState('offered@t1', 'healthy.inSync')
  })

  test('waits while dpkg is in other hands, and is installed when they let go', async () => {
    const repository = await hostRepository(lab, 't1')
    await repository.add('offered', '3.0')
    // As apt and dpkg hold it: not flock's lock but fcntl's.
    const hold = `import fcntl, time
locks = [open(p, 'a') for p in ('/var/lib/dpkg/lock-frontend', '/var/lib/dpkg/lock')]
[fcntl.lockf(l, fcntl.LOCK_EX) for l in locks]
open('/run/dpkg-held', 'w').close()
time.sleep(600)
`
    await lab.shell(
      't1',
      `printf '%s' "${hold}" > /root/holder.py; systemd-run --unit dpkg-holder python3 /root/holder.py`,
    )
    await untilTrue('it is held', async () => (await lab.exec('t1', ['test', '-e', '/run/dpkg-held'])).exitCode === 0)
    await controller.write('offered.yaml', offered('3.0'))
    await controller.until('offered@t1', ({ intent }) => intent !== undefined)
    await untilTrue(
      'the operation runs',
      async () => (await lab.exec('t1', ['pgrep', '-f', 'apt-get.*install'])).exitCode === 0,
    )
    // What needs no package goes its way on other hosts meanwhile.
    await controller.write('beside.yaml', sleeper('beside', ['t2']))
    await controller.untilState('beside@t2', 'healthy.inSync')
    expect(await version()).toBe('2.0\n')
    await lab.shell('t1', 'systemctl stop dpkg-holder')
    await untilTrue('it is installed', async () => (await version()) === '3.0\n')
    await controller.untilState('offered@t1', 'healthy.inSync')
  })
})

describe('a disk that was mounted again for reading only', () => {
  test('takes nothing and loses nothing; the change is told to wait, and is made when it can be', async () => {
    await controller.write('written.yaml', sleeper('written', ['t2'], { config: 'one' }))
    await controller.untilState('written@t2', 'healthy.inSync')
    await lab.shell('t2', 'mount --bind /etc /etc && mount -o remount,bind,ro /etc')
    await controller.write('written.yaml', sleeper('written', ['t2'], { config: 'two' }))
    const told = await controller.until('written@t2', (one) => /read-only/i.test(said(one)))
    expect(said(told)).toContain('/etc/')
    expect(await lab.shell('t2', `cat ${configFile('written')}; systemctl is-active written`)).toBe('one\nactive\n')
    await lab.shell('t2', 'umount /etc')
    await controller.cli(['unquarantine', 'written@t2'])
    await controller.cli(['reconcile', 'written@t2'])
    await untilTrue('it is there', async () => (await lab.shell('t2', `cat ${configFile('written')}`)) === 'two\n')
    await controller.untilState('written@t2', 'healthy.inSync')
    expect((await starts(lab, 't2', 'written')).at(-1)).toBe('two')
  })
})

describe('a user', () => {
  test('whom sudo refuses is told what sudo said; nothing is failed, and it goes on when he may again', async () => {
    await controller.write('raised.yaml', sleeper('raised', ['t3']))
    await controller.untilState('raised@t3', 'healthy.inSync')
    await untilProven(lab, 't3', 'raised')
    const before = await operations(lab, 't3')
    await lab.shell('t3', 'mkdir /root/sudoers && mv /etc/sudoers.d/* /root/sudoers/')
    await controller.write('raised.yaml', sleeper('raised', ['t3'], { config: 'two' }))
    const told = await controller.until('raised@t3', (one) => /sudo/.test(said(one)))
    expect(told.conditions).toContainEqual(expect.objectContaining({ type: 'Reachable', status: 'False' }))
    expect(Object.keys(told.lifecycle.value as object)).not.toContain('failed')
    expect(await operations(lab, 't3')).toEqual(before)
    await lab.shell('t3', 'mv /root/sudoers/* /etc/sudoers.d/')
    await controller.untilState('raised@t3', 'healthy.inSync')
    await untilTrue('it is there', async () => (await starts(lab, 't3', 'raised')).join(' ') === 'one two')
    await untilLookedAt(controller, 't3')
  })
})
