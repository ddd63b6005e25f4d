// What Homeostat keeps on a real host is damaged: one record holds back its own component alone, and comes back from what lies
// beside it and from the store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { conditionOf } from '../../src/model/status-summary.ts'
import { type Controller, newController } from '../support/controller.ts'
import { host as hostDocument, sleeper } from '../support/desired-yaml.ts'
import { driver, driverHost, file, target } from '../support/driver-host.ts'
import { operations, recordOf, starts, untilProven } from '../support/host-ledger.ts'
import { freshHosts, useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const host = driverHost(lab, 't1')
const state = '/var/lib/homeostat'
const recordPath = (component: string) => `${state}/components/${component}/record`
const sorted = async (component: string) => (await recordOf(lab, 't1', component)).sort()

// As good as a fresh host for components of a file or two, and a hundred times quicker.
beforeEach(() => host.shell(`rm -rf ${state} /run/homeostat /etc/one /etc/two /etc/theirs /etc/shared`))

describe('a record', () => {
  const one = (version: string) => target('one', [file('/etc/one/a', version), file('/etc/one/b', 'b')])
  const two = target('two', [file('/etc/two', 'two')])
  const record = recordPath('one')

  test.each([
    ['lacks its end', `truncate -s -4 ${record}`, 'it ends in the middle'],
    ['was cut within a line', `truncate -s 100 ${record}`, 'it ends in the middle'],
    ['is empty', `: > ${record}`, 'it is empty'],
    ['is noise', `head -c 5000 /dev/urandom > ${record}`, 'it begins with'],
    ['is far too long', `yes 'owned file:/etc/x' | head -c 3M >> ${record}`, 'ends in the middle'],
    ['is another one', `cp ${recordPath('two')} ${record}`, 'it begins with "component two"'],
    ['is a directory', `rm ${record}; mkdir ${record}`, 'it is empty or cannot be read'],
    ['leads nowhere', `ln -sf /nowhere ${record}`, 'it cannot be read'],
    ['is gone', `rm ${record}`, 'it is missing'],
  ])('that %s holds back its component alone, and is written anew as it was', async (_, damage, what) => {
    for (const each of [one('1'), one('2'), two]) expect(await host.apply(each)).toMatchObject({ outcome: 'succeeded' })
    const { fence } = await host.see([])
    await driver.confirm(host.transport, 'one', 2, { fence })
    const before = await sorted('one')
    await host.shell(damage)

    const seen = await host.see([one('2'), two])
    expect(seen.damaged).toEqual([{ component: 'one', path: record, what: expect.stringContaining(what) }])
    expect(Object.keys(seen.components)).toEqual(['two'])
    expect(seen.files['/etc/one/a']?.state).toBe('file')

    const lastGood = one('2').revision
    const mended = await driver.mendRecord(host.transport, 'one', { generation: 1, lastGood, rejected: [] }, { fence })
    expect(mended).toEqual({ generation: 2, owned: 2 })
    expect(await sorted('one')).toEqual(before)
    expect((await host.see([])).damaged).toEqual([])
    expect(await host.apply(one('2'), { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell('ls /etc/one /etc/two 2>/dev/null || true')).toBe('/etc/two\n')
  })

  test('owns nothing that was given back before it was damaged', async () => {
    await host.shell('echo theirs > /etc/theirs')
    await host.apply(target('one', [file('/etc/one/a', '1'), file('/etc/theirs', 'ours')]))
    await host.apply(one('2'))
    expect(await host.shell('cat /etc/theirs')).toBe('theirs\n')
    await host.shell(`: > ${record}`)
    const { fence } = await host.see([])
    await driver.mendRecord(host.transport, 'one', { generation: 2, rejected: ['f'.repeat(64)] }, { fence })
    const { components } = await host.see([])
    expect(components.one?.owned.sort()).toEqual(['file:/etc/one/a', 'file:/etc/one/b'])
    expect(components.one).toMatchObject({ generation: 2, revision: one('2').revision, rejected: ['f'.repeat(64)] })
  })

  test('is left alone where another operation came in between', async () => {
    await host.apply(one('1'))
    const { fence } = await host.see([])
    await host.apply(two)
    await host.shell(`: > ${record}`)
    const mending = driver.mendRecord(host.transport, 'one', { generation: 1, rejected: [] }, { fence })
    await expect(mending).rejects.toThrow(/came in between/)
    expect(await recordOf(lab, 't1', 'one')).toEqual([])
  })

  test('that is damaged still keeps what its component shares with another one', async () => {
    const shared = file('/etc/shared', 'shared')
    await host.apply(target('one', [shared]))
    await host.apply(target('two', [shared]))
    await host.shell(`: > ${record}`)
    expect(await host.apply(target('two', [shared]), { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell('cat /etc/shared')).toBe('shared')
  })

  test('that is damaged fails an operation, but not for ever', async () => {
    await host.apply(one('1'))
    const operation = await host.operation(one('2'))
    await host.shell(`: > ${record}`)
    const result = await driver.operate(host.transport, operation, {})
    expect(result).toMatchObject({ outcome: 'failed', step: 'note what was there before', certain: false })
    expect(result.output).toContain(`the record ${record} is damaged`)
    expect(await host.shell('cat /etc/one/a')).toBe('1')
  })
})

test.each(['', 'nonsense\n', '99999999999999999999\n', '-1\n'])(
  'a token file that says %j is told, the operations beside it say what it was, and the next one writes it anew',
  async (text) => {
    const one = target('one', [file('/etc/one', '1')])
    await host.apply(one)
    const { fence } = await host.see([])
    await host.shell(`printf '%s' '${text}' > ${state}/fence`)
    const seen = await host.see([one])
    expect(seen.damaged).toEqual([{ path: `${state}/fence`, what: expect.stringContaining('which is no token') }])
    expect(seen.fence).toBeGreaterThan(0)
    expect(seen.components.one?.generation).toBe(1)
    const late = await host.operation(target('one', [file('/etc/one', 'late')]), { fence: seen.fence })
    expect(await driver.operate(host.transport, late, {})).toMatchObject({ outcome: 'refused' })
    const next = await host.operation(target('one', [file('/etc/one', '2')]), { fence: fence + 1 })
    expect(await driver.operate(host.transport, next, {})).toMatchObject({ outcome: 'succeeded' })
    expect(await host.see([])).toMatchObject({ damaged: [], fence: fence + 2 })
  },
)

test.each([': >', 'truncate -s 40', 'head -c 300 /dev/urandom >'])(
  'a result that was damaged (%s) tells nothing of its own operation, and of the others everything',
  async (damage) => {
    const [one, two] = [target('one', [file('/etc/one', '1')]), target('two', [file('/etc/two', '2')])]
    const operation = await host.operation(one)
    await driver.operate(host.transport, operation, {})
    const other = await host.operation(two)
    await driver.operate(host.transport, other, {})
    await host.shell(`${damage} ${state}/ops/${operation.id}/result`)
    const { operations: seen } = await host.see([one, two], [operation.id, other.id])
    expect(seen[operation.id]).toEqual({ state: 'interrupted', why: expect.stringContaining('/result is damaged: ') })
    expect(seen[other.id]).toMatchObject({ state: 'done', result: { outcome: 'succeeded' } })
  },
)

test('an odd note of what a process has loaded is none, and the others stand', async () => {
  await host.shell('mkdir -p /run/homeostat/units')
  const note = `a.service ${'1'.repeat(32)} ${'a'.repeat(64)} Mon 2026-11-23 12:05:44.616521 UTC`
  await host.shell(
    `cd /run/homeostat/units; printf '%s\\n' '${note}' > a.service.loaded; printf 'b.serv' > b.service.loaded`,
  )
  const seen = await driver.observe(
    host.transport,
    't1',
    { paths: [], units: ['a.service', 'b.service'], packages: [], users: [], operationIds: [] },
    { nowMs: Date.now() },
  )
  expect(seen.units['a.service']?.loaded?.digest).toBe('a'.repeat(64))
  expect(seen.units['b.service']?.loaded).toBeUndefined()
})

describe('a controller', () => {
  let controller: Controller
  beforeEach(async () => {
    await freshHosts(lab, ['t1'])
    controller = await newController(lab)
    await controller.write('hosts.yaml', hostDocument(lab, 't1'))
    await controller.write('one.yaml', sleeper('one', ['t1']))
    await controller.write('two.yaml', sleeper('two', ['t1']))
    controller.start()
    for (const name of ['one', 'two']) await controller.untilState(`${name}@t1`, 'healthy.inSync')
    await untilProven(lab, 't1', 'one', 'two')
  })
  afterEach(() => controller[Symbol.asyncDispose]())

  test('mends a damaged record without touching a service, and can then remove the component', async () => {
    const [before, done] = [await sorted('one'), await operations(lab, 't1')]
    await lab.shell('t1', `truncate -s 70 ${recordPath('one')}`)
    const told = await controller.untilEvent('one@t1', 'RecordDamaged')
    expect(told.message).toContain(`the record ${recordPath('one')} on t1 is damaged: it ends in the middle`)
    await controller.untilEvent('one@t1', 'RecordMended')
    expect(await sorted('one')).toEqual(before)
    await controller.until('one@t1', (status) => conditionOf(status, 'Blocked')?.status === 'False')
    expect(await operations(lab, 't1')).toEqual(done)
    expect(await starts(lab, 't1', 'one')).toEqual(['one'])

    await lab.shell('t1', `head -c 999 /dev/urandom > ${recordPath('one')}`)
    await controller.remove('one.yaml')
    await expect.poll(() => controller.status('one@t1'), { timeout: 240_000 }).toBeUndefined()
    expect(await lab.shell('t1', 'ls -d /etc/one /etc/two; systemctl is-active two || true')).toBe('/etc/two\nactive\n')
  })

  test('that lost its store as well holds the component, says what helps, and works on with the other', async () => {
    const before = await lab.shell('t1', `cat ${recordPath('one')}`)
    await controller.kill()
    await lab.shell('t1', `: > ${recordPath('one')}`)
    const second = await newController(lab, { desired: controller.desired })
    await using _ = second
    await second.write('one.yaml', sleeper('one', ['t1'], { config: 'changed' }))
    second.start()
    await second.untilState('two@t1', 'healthy.inSync')
    const held = await second.until('one@t1', (status) => conditionOf(status, 'Blocked')?.reason === 'RecordDamaged')
    expect(conditionOf(held, 'Blocked')?.message).toMatch(
      / on t1 is damaged: it is empty.*Put the record back, or move/,
    )
    expect((await second.cli(['describe', 'one'])).stdout).toContain(recordPath('one'))
    const plan = await second.cliWithSsh(['plan', second.desired])
    expect(plan.stdout + plan.stderr).toContain(recordPath('one'))
    expect(await starts(lab, 't1', 'one')).toEqual(['one'])
    await lab.shell('t1', `printf '%s' '${before}' > ${recordPath('one')}`)
    await second.until('one@t1', ({ generation, lifecycle }) => generation === 2 && lifecycle.context.lastGood !== null)
    expect(await starts(lab, 't1', 'one')).toEqual(['one', 'changed'])
  })
})
