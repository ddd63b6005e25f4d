// What a host tells by itself: with a resync of an hour, whatever is put right here was put right because the host said so.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, newController, untilTrue } from '../support/controller.ts'
import { configFile, host, sleeper } from '../support/desired-yaml.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1', 't2', 't3')
let controller: Controller
let polling: Controller

const watching = (name: string) =>
  lab.shell(name, "systemctl list-units --all --plain --no-legend --state=active 'homeostat-watch-*'")
/** The last thing that a deploy does: the channel is made anew for what is there now. */
const untilWatched = (name: string, groups: number) =>
  untilTrue(`${name} watches for ${groups} groups of files`, async () => {
    const words = await lab.shell(name, "pgrep -fa '^perl - 0 ' || :")
    const numbers = new Set([...words.matchAll(/ (\d+) [a-z-]* \//g)].map(([, number]) => number))
    return numbers.size === groups && (await watching(name)).trim().split('\n').length === 1
  })

interface Damage {
  /** Of the component, whose host is `hostOf(name)`. */
  name: string
  what: string
  damage: string
}

/** Each on a component of its own: what drifts again and again is put back more and more slowly. */
const damages: Damage[] = [
  { name: 'edited', what: 'a file is edited in place', damage: `echo other >> ${configFile('edited')}` },
  {
    name: 'sed',
    what: 'a file is replaced by another one, as sed -i does it',
    damage: `sed -i s/one/other/ ${configFile('sed')}`,
  },
  {
    // The system calls of vim 9.0, as strace showed them: no vim is on the hosts.
    name: 'vim',
    what: 'a file is edited as vim does it: a swap file long before, then in place',
    damage: `cd /etc/vim && echo swap > .vim.conf.swx && rm .vim.conf.swx && echo swap > .vim.conf.swp && chmod 640 .vim.conf.swp &&
      sleep 1.5 && echo other > vim.conf && sync vim.conf && rm .vim.conf.swp`,
  },
  {
    name: 'backed-up',
    what: 'a file is moved away and written anew, as editors that keep a backup do',
    damage:
      'cd /etc/backed-up && mv backed-up.conf backed-up.conf~ && echo other > backed-up.conf && rm backed-up.conf~',
  },
  {
    // While the path unit's own service runs, systemd does not look: this falls into that time.
    name: 'hasty',
    what: 'a file is edited a moment after another one beside it',
    damage: `touch /etc/hasty/beside && sleep 0.15 && echo other > ${configFile('hasty')}`,
  },
  { name: 'deleted', what: 'a file is deleted', damage: `rm ${configFile('deleted')}` },
  { name: 'chmodded', what: 'a mode is changed', damage: `chmod 666 ${configFile('chmodded')}` },
  {
    name: 'linked',
    what: 'a file is replaced by a symbolic link to the same content',
    damage: 'cd /etc/linked && cp -p linked.conf away && ln -s away link && mv -T link linked.conf',
  },
  { name: 'stopped', what: 'a unit is stopped', damage: 'systemctl stop stopped' },
  { name: 'killed', what: 'a process is killed', damage: 'systemctl kill -s KILL killed' },
]

/** What becomes of the directory of a file, and what is done to the file once that was put right. */
const directories: (Damage & { again: string })[] = [
  {
    name: 'moved',
    what: 'moved away and made anew',
    damage: `mv /etc/moved /etc/moved.away && mkdir /etc/moved && echo other > ${configFile('moved')}`,
    again: `rm -r /etc/moved && mv /etc/moved.away /etc/moved && echo other > ${configFile('moved')}`,
  },
  {
    name: 'emptied',
    what: 'removed with all in it, and made anew',
    damage: 'rm -r /etc/emptied && mkdir /etc/emptied',
    again: `echo other > ${configFile('emptied')}`,
  },
  {
    // As NixOS has it: below a link to what is there now, from the beginning.
    name: 'static',
    what: 'a symbolic link, which leads elsewhere from now on',
    damage:
      'cp -a /etc/static-0 /etc/static-1 && echo other > /etc/static-1/static.conf && ln -sfnT static-1 /etc/static',
    again:
      'cp -a /etc/static-1 /etc/static-2 && echo other > /etc/static-2/static.conf && ln -sfnT static-2 /etc/static',
  },
]

const drifting = [...damages, ...directories].map(({ name }) => name)
const names = [...drifting, 'stormy', 'packaged', 'changing']
/** On two hosts, which are brought about side by side. */
const hostOf = (name: string) => (names.indexOf(name) % 2 === 0 ? 't1' : 't2')
const keyOf = (name: string) => `${name}@${hostOf(name)}`
const shell = (name: string, script: string) => lab.shell(hostOf(name), script)
const configOf = async (name: string) => (await shell(name, `cat ${configFile(name)}`)).trim()

beforeAll(async () => {
  controller = await newController(lab, { resync: '1h' })
  polling = await newController(lab, { resync: '2s' })
  await controller.write('hosts.yaml', host(lab, 't1'), host(lab, 't2'))
  for (const name of names) {
    const more = name === 'packaged' ? { packages: ['procps'] } : {}
    await controller.write(`${name}.yaml`, sleeper(name, [hostOf(name)], { more }))
  }
  await shell('static', 'mkdir /etc/static-0 && ln -s static-0 /etc/static')
  await polling.write('all.yaml', host(lab, 't3'), sleeper('polled', ['t3']))
  // No service of this prefix starts, so there is no channel.
  const dropIns = '/etc/systemd/system/homeostat-watch-.service.d'
  await lab.shell(
    't3',
    `mkdir -p ${dropIns} && printf '[Service]\\nExecStartPre=/bin/false\\n' > ${dropIns}/broken.conf`,
  )
  controller.start()
  polling.start()
  await Promise.all([
    ...names.map((name) => controller.untilState(keyOf(name), 'healthy', 500_000)),
    polling.untilState('polled@t3', 'healthy', 500_000),
  ])
  // One for each component, one for packages.
  for (const at of ['t1', 't2']) await untilWatched(at, names.filter((name) => hostOf(name) === at).length + 1)
})
afterAll(() => Promise.all([controller, polling].map((one) => one?.[Symbol.asyncDispose]())))

const detected = (by: Controller, via: string, bound = '+Inf') =>
  by.metric(`homeostat_drift_detect_seconds_bucket{le="${bound}",via="${via}"}`)
const found = (name: string) =>
  controller.metric(`homeostat_drift_found_total{component="${name}",host="${hostOf(name)}"}`)
const times = async (name: string, reason: string) =>
  (await controller.events(keyOf(name))).filter((event) => event.reason === reason).length

test('what we do ourselves is not taken for drift: a deploy, a new revision, one that is taken back', async () => {
  const changing = (config: string, service = '') => sleeper('changing', [hostOf('changing')], { config, service })
  await controller.write('changing.yaml', changing('two'))
  await controller.until(keyOf('changing'), ({ generation }) => generation === 2)
  await controller.untilState(keyOf('changing'), 'healthy.inSync')
  await controller.write('changing.yaml', changing('three', 'ExecStartPre=/bin/false'))
  await controller.untilState(keyOf('changing'), 'rolledBack.holding')
  // The last hint of that comes within this time, and asks for a look.
  await sleep(2_000)
  for (const name of names) expect([name, await found(name)]).toEqual([name, 0])
})

describe('a change by hand is told by the host', () => {
  test.each(damages)('$what', async ({ name, damage }) => {
    await shell(name, damage)
    await controller.untilEvent(keyOf(name), 'DriftFound')
    await controller.untilEvent(keyOf(name), 'DriftCorrected')
    const look = `cat ${configFile(name)}; stat -c '%F %a' ${configFile(name)}; systemctl is-active ${name} || :`
    // What is done in two steps may be put right after the first, and again.
    await untilTrue(`${name} is as it was`, async () => (await shell(name, look)) === 'one\nregular file 640\nactive\n')
  })

  test.each(directories)('the directory of a file is $what', async ({ name, damage, again }) => {
    for (const [index, script] of [damage, again].entries()) {
      await shell(name, script)
      const isPutBack = async () => (await times(name, 'DriftCorrected')) > index
      await untilTrue(`${name} is put back`, isPutBack)
      expect(await configOf(name)).toBe('one')
      // Nothing but the host can bring up what comes next.
      await controller.untilState(keyOf(name), 'healthy.inSync')
      await sleep(2_000)
    }
  })

  test('a package is removed', async () => {
    await shell('packaged', 'dpkg --remove --force-depends procps')
    const removedAtMs = 1000 * Number(await shell('packaged', 'stat -c %.3Z /var/lib/dpkg/status'))
    const { atMs } = await controller.untilEvent(keyOf('packaged'), 'DriftFound')
    // Within a second on a quiet machine; others may be at work on this one.
    expect(atMs - removedAtMs).toBeLessThan(30_000)
    await controller.untilEvent(keyOf('packaged'), 'DriftCorrected')
    expect(await shell('packaged', 'dpkg-query -s procps')).toContain('install ok installed')
  })

  test('and most of it soon', async () => {
    const told = await detected(controller, 'watch')
    expect(told).toBeGreaterThan(damages.length / 2)
    // Within a second on a quiet machine; the next look would be within an hour.
    expect((await detected(controller, 'watch', '10')) / told).toBeGreaterThan(0.5)
    expect(await detected(controller, 'poll')).toBe(0)
  })

  test('our putting it back is not', async () => {
    await sleep(2_000)
    for (const { name } of damages) expect(await found(name), name).toBeLessThanOrEqual(name === 'backed-up' ? 2 : 1)
  })

  test('also in the middle of our own change of the component, which is not told: it is looked at afterwards', async () => {
    const path = '/etc/changing/beside'
    const checked = {
      files: [{ path, content: 'ours\n', validate: ['sh', '-c', 'sleep 8; test -e "$1"', 'sh', '{staged}'] }],
    }
    const found = await times('changing', 'DriftFound')
    await controller.write('changing.yaml', sleeper('changing', [hostOf('changing')], { more: checked }))
    const isChanging = 'ls -d /run/homeostat-changing-changing'
    await untilTrue('it is being changed', async () => (await shell('changing', `${isChanging} || :`)) !== '')
    await shell('changing', `systemctl disable --now changing; echo other > ${configFile('changing')}; ${isChanging}`)
    await untilTrue('it is put back', async () => (await times('changing', 'DriftFound')) > found)
    await controller.untilState(keyOf('changing'), 'healthy.inSync')
    expect(await shell('changing', `cat ${configFile('changing')} ${path}; systemctl is-active changing`)).toBe(
      'one\nours\nactive\n',
    )
    expect(await shell('changing', `${isChanging} 2>&1 || :`)).toContain('No such file')
  })

  test('a thousand edits a second lead to a look a second, and to no more memory', async () => {
    const passes = () => controller.metric('homeostat_reconcile_total{result="succeeded"}')
    const before = { passes: await passes(), memory: await peakBytes(controller.pid) }
    const storm = `i=0; while [ $i -lt 1000 ]; do echo $i > ${configFile('stormy')}; i=$((i + 1)); [ $((i % 50)) -ne 0 ] || sleep 0.05; done`
    // A machine that is busy makes fewer: a storm that goes on for seconds would be a contest.
    await shell('stormy', `timeout 1.5 sh -c '${storm}' || :`)
    await untilTrue('it was put back', async () => (await times('stormy', 'DriftCorrected')) > 0)
    await untilTrue('the last edit is put back', async () => (await configOf('stormy')) === 'one')
    await sleep(2_000)
    expect(await configOf('stormy')).toBe('one')
    // In the middle of it too it is put back.
    expect(await times('stormy', 'DriftFound')).toBeLessThanOrEqual(3)
    expect(await times('stormy', 'DriftCorrected')).toBeLessThanOrEqual(3)
    expect((await passes()) - before.passes).toBeLessThan(20)
    expect((await peakBytes(controller.pid)) - before.memory).toBeLessThan(40_000_000)
    await controller.until(keyOf('stormy'), ({ conditions }) =>
      conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
  })
})

/** The most memory that the process has had so far. */
async function peakBytes(pid: number): Promise<number> {
  const [, kilobytes = 'NaN'] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

test('what nobody tells of is found by the next periodic look, and said to be', async () => {
  expect(await watching('t3')).toBe('')
  await lab.shell('t3', `echo other > ${configFile('polled')}`)
  await polling.untilEvent('polled@t3', 'DriftCorrected')
  expect(await detected(polling, 'poll')).toBe(1)
  expect(await detected(polling, 'watch')).toBe(0)
})

test('what changed while the channel was lost is found when the host is back', async () => {
  const told = await detected(controller, 'watch')
  const [name = ''] = names.filter((each) => hostOf(each) === 't2')
  const before = await times(name, 'DriftCorrected')
  await lab.cut('t2')
  await lab.exec('t2', ['sh', '-c', `echo other > ${configFile(name)}`])
  await untilTrue('t2 is known to be away', async () =>
    (await controller.hosts()).some(({ name, reachable }) => name === 't2' && !reachable),
  )
  await lab.heal('t2')
  await untilTrue('it is put back', async () => (await times(name, 'DriftCorrected')) > before)
  expect(await configOf(name)).toBe('one')
  expect(await detected(controller, 'watch')).toBe(told)
  await untilTrue('it is watched again', async () => (await watching('t2')).includes('.service '))
})

test('a controller that is killed leaves nothing that watches', async () => {
  await controller.kill()
  for (const name of ['t1', 't2'])
    await untilTrue(`nothing watches on ${name}`, async () => (await watching(name)).trim() === '')
})
