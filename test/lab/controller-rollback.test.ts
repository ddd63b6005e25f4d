// Going back on real hosts: with what the host itself keeps, by itself and because a person asked for it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, newController, untilLookedAt, untilTrue } from '../support/controller.ts'
import { configFile, custom, host, sleeper } from '../support/desired-yaml.ts'
import { ledger, operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { hostRepository } from '../support/host-packages.ts'
import { useLab } from '../support/lab.ts'
import { identityOf, type SopsHome, sopsHome } from '../support/sops.ts'

const lab = await useLab('t1')
const ref = (inner: string) => `\${secret:${inner}}`
let controller: Controller
let home: SopsHome

beforeAll(async () => {
  home = await sopsHome()
  controller = await newController(lab, { more: ['--age-key', home.keyFile] })
  await writeFile(join(controller.home, '.sops.yaml'), `creation_rules: [{ age: ${identityOf('identity').recipient} }]`)
  await controller.write('hosts.yaml', host(lab, 't1'))
})
afterAll(async () => {
  await controller?.[Symbol.asyncDispose]()
  await home?.[Symbol.asyncDispose]()
})

const healthy = (key: string, generation: number) =>
  controller.until(
    key,
    (it) => it.generation === generation && it.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    {
      what: `healthy as generation ${generation}`,
    },
  )
const configOf = async (name: string) => (await lab.shell('t1', `cat ${configFile(name)}`)).trimEnd()
const generationsOf = (name: string) => `/var/lib/homeostat/components/${name}/generations`

describe('asking for what ran before', () => {
  beforeAll(async () => {
    for (const [index, config] of ['one', 'two', 'three'].entries()) {
      await controller.write('app.yaml', sleeper('app', ['t1'], { config }))
      if (index === 0) controller.start()
      await healthy('app@t1', index + 1)
      await untilProven(lab, 't1', 'app')
    }
  })

  test('brings the last proven generation back, and leaves it there', async () => {
    const { stdout, exitCode } = await controller.cli(['rollback', 'app'])
    expect(stdout).toMatch(/^component\/app@t1 goes back to generation 2 \([0-9a-f]{8}\) now, and stays there/)
    expect(exitCode).toBe(0)
    const status = await controller.untilState('app@t1', 'rolledBack.holding')
    expect(await configOf('app')).toBe('two')
    expect((await starts(lab, 't1', 'app')).at(-1)).toBe('two')
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'RolledBack', status: 'True', reason: 'RollbackAsked' }),
    )
    const applied = (await controller.events('app@t1')).find(({ reason }) => reason === 'RollbackApplied')
    expect(applied).toMatchObject({ cause: 'manual' })
    expect(
      await controller.metric('homeostat_operations_total{kind="rollback",cause="manual",outcome="succeeded"}'),
    ).toBe(1)

    await untilProven(lab, 't1', 'app')
    const before = await ledger(lab, 't1')
    await controller.stop()
    controller.start()
    await untilLookedAt(controller, 't1')
    await untilLookedAt(controller, 't1')
    expect(await ledger(lab, 't1')).toBe(before)
  })

  test('puts drift back to it', async () => {
    await lab.shell('t1', `echo by-hand > ${configFile('app')}`)
    await untilTrue('it is put back', async () => (await configOf('app')) === 'two')
  })

  test('shows in history and diff', async () => {
    const { stdout } = await controller.cli(['history', 'app@t1', '-o', 'json'])
    const rows = (
      JSON.parse(stdout) as { items: { generation: number; cause: string; states: string[]; kept: boolean }[] }
    ).items
    const last = new Map(rows.map((row) => [row.generation, row]))
    expect([...last.values()].map(({ generation, states, kept }) => [generation, states.join(), kept])).toEqual([
      [1, 'verified', true],
      [2, 'verified', true],
      [3, 'verified,rejected', true],
      [4, 'running,verified', true],
    ])
    const diff = await controller.cli(['diff', 'app@t1', '2', '3'])
    expect(diff.exitCode).toBe(1)
    expect(diff.stdout).toContain('@@ -1,1 +1,1 @@\n-two\n+three\n')
    expect((await controller.cli(['diff', 'app', '4'])).stdout).toContain('-two\n+three\n')
  })

  test('goes to the generation that is named', async () => {
    await controller.cli(['rollback', 'app@t1', '--to', '1'])
    await untilTrue('generation 1 is back', async () => (await configOf('app')) === 'one')
    await controller.untilState('app@t1', 'rolledBack.holding')
    for (const [to, message] of [
      ['9', 'there is no generation 9 of app@t1'],
      ['3', 'homeostat rollback app@t1 --resume'],
    ] as const) {
      const { exitCode, stderr } = await controller.cli(['rollback', 'app@t1', '--to', to])
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)])
    }
  })

  test('ends when somebody wants what is written again', async () => {
    const { stdout } = await controller.cli(['rollback', 'app', '--resume'])
    expect(stdout).toContain('is brought to what is written again now')
    await controller.untilState('app@t1', 'healthy.inSync')
    expect(await configOf('app')).toBe('three')
    await untilProven(lab, 't1', 'app')
    expect((await recordOf(lab, 't1', 'app')).filter((line) => line.startsWith('rejected'))).toEqual([])
  })

  test('and what was taken back by itself is tried again when its quarantine is lifted', async () => {
    const bad = sleeper('app', ['t1'], { config: 'four', service: 'ExecStartPre=/usr/bin/test -e /etc/allowed' })
    await controller.write('app.yaml', bad)
    const { desired } = await controller.untilState('app@t1', 'rolledBack.holding')
    const backs = (await controller.events('app@t1')).filter(({ reason }) => reason === 'RollbackApplied').length
    await lab.shell('t1', 'touch /etc/allowed')
    await untilLookedAt(controller, 't1')
    expect(await configOf('app')).toBe('three')
    const { stdout } = await controller.cli(['unquarantine', 'app@t1', desired?.slice(0, 8) ?? ''])
    expect(stdout).toContain('is brought to what is written again now')
    await controller.untilState('app@t1', 'healthy.inSync')
    expect(await configOf('app')).toBe('four')
    expect((await controller.events('app@t1')).filter(({ reason }) => reason === 'RollbackApplied')).toHaveLength(backs)
  })

  test('of a host that does not answer is refused', async () => {
    await lab.cut('t1')
    await controller.until('app@t1', (it) =>
      it.conditions.some((one) => one.type === 'Reachable' && one.status === 'False'),
    )
    const { exitCode, stderr } = await controller.cli(['rollback', 'app'])
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('t1 does not answer, so nothing of app@t1 can be taken back'),
    ])
    await lab.heal('t1')
    await controller.cli(['reconcile', 'app'])
    await controller.untilState('app@t1', 'healthy.inSync')
  })
})

describe('a secret that was rotated', () => {
  const old = 'the-first-value-of-it'
  const now = 'the-second-value-of-it'
  const set = async (value: string) => {
    const words = ['secrets', 'set', 'keeper/value', '--dir', controller.desired, '--age-key', home.keyFile]
    expect(await controller.cli(words, 60_000, value)).toMatchObject({ exitCode: 0 })
  }
  const keeper = (more: string) =>
    sleeper('keeper', ['t1'], {
      config: more,
      more: { files: [{ path: '/etc/keeper/secret', content: `${ref('keeper/value')}\n` }] },
    })
  const secretOn = async () => (await lab.shell('t1', 'cat /etc/keeper/secret')).trim()

  test('is what it was before, when its change is taken back', async () => {
    await set(old)
    await controller.write('keeper.yaml', keeper('one'))
    await healthy('keeper@t1', 1)
    await untilProven(lab, 't1', 'keeper')
    await set(now)
    await healthy('keeper@t1', 2)
    await untilProven(lab, 't1', 'keeper')
    expect(await secretOn()).toBe(now)
    // What it was before is not known to a controller that was started since.
    await controller.stop()
    controller.start()
    await untilLookedAt(controller, 't1')
    expect((await controller.cli(['rollback', 'keeper'])).exitCode).toBe(0)
    await controller.untilState('keeper@t1', 'rolledBack.holding')
    expect(await secretOn()).toBe(old)
    await lab.shell('t1', 'echo spoilt > /etc/keeper/secret')
    await untilTrue('it is put back', async () => (await secretOn()) === old)
    expect((await controller.cli(['diff', 'keeper@t1', '1', '2'])).stdout).toMatch(
      /-\$\{secret:keeper\/value@[0-9a-f]{16}\}/,
    )
    await controller.cli(['rollback', 'keeper', '--resume'])
    await controller.untilState('keeper@t1', 'healthy.inSync')
    expect(await secretOn()).toBe(now)
  })

  test('is not replaced by another one where the copy of it is damaged', async () => {
    const names = await lab.shell(
      't1',
      `sed -n 's,^file \\([0-9a-f]*\\) .* /etc/keeper/secret$,\\1,p' ${generationsOf('keeper')}/1/manifest`,
    )
    await lab.shell(
      't1',
      `for copy in ${generationsOf('keeper')}/*/files/${names.trim()}; do echo spoilt > "$copy"; done`,
    )
    await controller.cli(['rollback', 'keeper', '--to', '1'])
    const status = await controller.untilState('keeper@t1', 'failed.stalled')
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Stalled',
        reason: 'GenerationDamaged',
        message: expect.stringContaining('/etc/keeper/secret'),
      }),
    )
    expect(await secretOn()).toBe(now)
    await controller.cli(['reconcile', 'keeper'])
    await controller.untilState('keeper@t1', 'healthy.inSync')
  })

  test('does no harm where what is damaged can be sent again', async () => {
    await lab.shell('t1', `for copy in ${generationsOf('app')}/*/files/*; do echo spoilt > "$copy"; done`)
    await controller.cli(['rollback', 'app', '--to', '1'])
    await controller.untilState('app@t1', 'rolledBack.holding')
    expect(await configOf('app')).toBe('one')
  })
})

describe('a package', () => {
  const component = (version: string) => custom('packaged', ['t1'], { packages: [`kept-package=${version}`] })
  const version = () => lab.shell('t1', 'cat /usr/share/kept-package/version')

  test('that was upgraded goes back although nobody offers it any more', async () => {
    const repository = await hostRepository(lab, 't1')
    for (const each of ['0.9', '1.0', '2.0']) await repository.add('kept-package', each)
    await lab.shell('t1', 'apt-get -qq -y install kept-package=0.9')
    for (const [index, each] of ['1.0', '2.0'].entries()) {
      await controller.write('packaged.yaml', component(each))
      await healthy('packaged@t1', index + 1)
      await untilProven(lab, 't1', 'packaged')
    }
    await repository.vanish()
    expect((await controller.cli(['rollback', 'packaged'])).exitCode).toBe(0)
    await controller.untilState('packaged@t1', 'rolledBack.holding')
    expect(await version()).toBe('1.0\n')
  })

  test('goes back to the version that was there before us', async () => {
    await controller.remove('packaged.yaml')
    await untilTrue('it is forgotten', async () => (await controller.status('packaged@t1')) === undefined)
    expect(await version()).toBe('0.9\n')
  })
})

describe('the first deploy', () => {
  test('that fails goes back to what was there before: files with content and mode, units as they were', async () => {
    await lab.shell(
      't1',
      'mkdir -p /etc/first; echo before > /etc/first/first.conf; chmod 0604 /etc/first/first.conf; chown daemon /etc/first/first.conf',
    )
    await controller.write('first.yaml', sleeper('first', ['t1'], { service: 'ExecStartPre=/bin/false' }))
    await controller.untilState('first@t1', 'rolledBack.holding')
    expect(await lab.shell('t1', "cat /etc/first/first.conf; stat -c '%a %U' /etc/first/first.conf")).toBe(
      'before\n604 daemon\n',
    )
    expect(await lab.shell('t1', 'ls /etc/systemd/system/first.service 2>&1 || true')).toContain('No such file')
    await controller.remove('first.yaml')
  })
})

describe('a disk that is full while it goes back', () => {
  test('is waited for: nothing is half done, and it ends well', async () => {
    await controller.write('filled.yaml', sleeper('filled', ['t1'], { config: 'one' }))
    await healthy('filled@t1', 1)
    await untilProven(lab, 't1', 'filled')
    await controller.write('filled.yaml', sleeper('filled', ['t1'], { config: 'two' }))
    await healthy('filled@t1', 2)
    await untilProven(lab, 't1', 'filled')
    await lab.shell('t1', 'mount -t tmpfs -o size=8k tmpfs /var/lib/homeostat/ops')
    const { id: afterId = 0 } = (await controller.events('filled@t1')).at(-1) ?? {}
    await controller.cli(['rollback', 'filled'])
    await controller.untilEvent('filled@t1', 'Refused', { afterId })
    expect(await configOf('filled')).toBe('two')
    await lab.shell('t1', 'umount /var/lib/homeostat/ops')
    await controller.untilState('filled@t1', 'rolledBack.holding')
    expect(await configOf('filled')).toBe('one')
    expect(await operations(lab, 't1')).not.toEqual([])
  })
})
