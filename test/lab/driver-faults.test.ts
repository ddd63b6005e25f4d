// Operations that are cut off: disconnected, rebooted, out of space. What is live stays whole, and the next one finishes.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../src/model/target.ts'
import { driver, driverHost, file, target } from '../support/driver-host.ts'
import { useLab } from '../support/lab.ts'
import { started, ticker } from '../support/ticker.ts'

const lab = await useLab('t1')
const host = driverHost(lab, 't1', { keepaliveMs: 500 })

/** The ticker with a checker that takes its time. */
const slow = (version: string, seconds: number) =>
  ticker(version, [file('/etc/ticker/slow', `${version}\n`, { validate: ['sleep', String(seconds)] })])

/** Until the operation is by itself on the host. */
const untilRuns = (id: string) =>
  expect
    .poll(() => host.shell(`systemctl show -P SubState homeostat-op-${id}.service`), { timeout: 60_000 })
    .toMatch(/^(running|start)\n$/)

const BY_NETWORK = { cut: () => lab.cut('t1'), back: () => lab.heal('t1') }
const BY_POWER = { cut: () => lab.powerCut('t1'), back: () => lab.start('t1') }

/** Operates, and is cut off in the middle of it; resolves with what asks how it is on the host that is back. */
async function cutOff(wanted: Target, { cut, back } = BY_NETWORK) {
  const operation = await host.operation(wanted)
  const running = driver.operate(host.transport, operation, {})
  const lost = expect(running).rejects.toMatchObject({ name: 'TransportError', sent: true })
  await untilRuns(operation.id)
  await cut()
  await lost
  await back()
  return async () => (await host.see([], [operation.id])).operations[operation.id]
}

describe('a connection that is cut', () => {
  test('does not end the operation; a later look finds it running, then done', async () => {
    const state = await cutOff(slow('cut', 15))
    expect(await state()).toEqual({ state: 'running' })
    await expect.poll(state, { timeout: 60_000 }).toMatchObject({ state: 'done', result: { outcome: 'succeeded' } })
    expect(await started(host)).toBe('version cut')
  })
})

describe('a check that begins while the operation is staged', () => {
  const runs = async () => (await host.shell('cat /run/checked')).trim().split('\n')
  const checked = (version: string) =>
    target('checked', [file('/etc/checked', version, { validate: ['sh', '-c', CHECK, 'sh', version, '{staged}'] })])
  const CHECK = 'echo "$1" >> /run/checked; sleep 6; grep -x "$1" "$2"'

  test('is made once, also when nobody is there any more to be told', async () => {
    const state = await cutOff(checked('one'))
    await expect.poll(state, { timeout: 60_000 }).toMatchObject({ state: 'done', result: { outcome: 'succeeded' } })
    expect(await runs()).toEqual(['one'])
  })

  test('is made again where whoever made it was killed', async () => {
    const operation = await host.operation(checked('two'))
    const running = driver.operate(host.transport, operation, {})
    await expect.poll(runs, { timeout: 60_000 }).toEqual(['one', 'two'])
    await host.shell(`kill -KILL "$(ps -o ppid= "$(pgrep -o -f '^timeout -k 5 [0-9]+ sh -c echo')" | tr -d ' ')"`)
    expect(await running).toMatchObject({ outcome: 'succeeded' })
    expect(await runs()).toEqual(['one', 'two', 'two'])
    expect(await host.shell('cat /etc/checked')).toBe('two')
  })
})

describe('a reboot in the middle', () => {
  test('leaves an interrupted operation, whole files and a host that takes the next one', async () => {
    const state = await cutOff(slow('reboot', 30), BY_POWER)
    expect(await state()).toEqual({ state: 'interrupted' })
    expect(await started(host)).toBe('version cut')
    const next = slow('rebooted', 0)
    expect(await host.apply(next)).toMatchObject({ outcome: 'succeeded' })
    expect(await host.difference(next)).toEqual({ changes: [] })
    expect(await started(host)).toBe('version rebooted')
  })
})

describe('a full disk', () => {
  const full = (size: number) =>
    target('full', [file('/srv/full/a', 'a'.repeat(size)), file('/srv/full/b', `b${size}`)])

  test('where files are staged: nothing live is touched, and the id can be tried again', async () => {
    await host.apply(full(10))
    await host.shell('mount -t tmpfs -o size=96k tmpfs /var/lib/homeostat/ops')
    const operation = await host.operation(full(200_000))
    const result = await driver.operate(host.transport, operation, {})
    await host.shell('umount /var/lib/homeostat/ops')
    expect(result).toMatchObject({ outcome: 'refused', step: 'stage the operation', certain: false })
    expect(result.output).toContain('No space left on device')
    expect(await host.difference(full(10))).toEqual({ changes: [] })
    expect((await host.see([], [operation.id])).operations[operation.id]).toEqual({ state: 'unknown' })
    expect(await driver.operate(host.transport, operation, {})).toMatchObject({ outcome: 'succeeded' })
  })

  test('where files go live: all of them stay as they were', async () => {
    await host.shell('mount -t tmpfs -o size=16k tmpfs /srv/full')
    expect(await host.apply(full(20))).toMatchObject({ outcome: 'succeeded' })
    const result = await host.apply(full(100_000))
    expect(result).toMatchObject({ outcome: 'failed', step: 'put files live', certain: false })
    expect(await host.difference(full(20))).toEqual({ changes: [] })
    expect(await host.shell('ls -A /srv/full')).toBe('a\nb\n')
    await host.shell('umount /srv/full')
  })
})

describe('a host that cannot be understood', () => {
  beforeAll(async () => {
    expect(await host.apply(ticker('healthy'))).toMatchObject({ outcome: 'succeeded' })
  })

  test('is an error that names it: a missing tool', async () => {
    await host.shell('mv /usr/bin/dpkg-query /run/saved')
    const error = await host.see([]).catch((reason: Error) => reason)
    await host.shell('mv /run/saved /usr/bin/dpkg-query')
    expect(error).toMatchObject({ name: 'DriverError', host: 't1' })
    expect((error as Error).message).toContain('the host lacks dpkg-query')
    expect((await host.see([])).components.ticker).toBeDefined()
  })

  test('is not one whose files have odd names, kinds and sizes', async () => {
    const paths = [
      '/tmp/odd \' " \\ $(x) é \u{1F600}',
      '/tmp/pipe',
      '/tmp/link',
      '/tmp/large',
      '/tmp/empty',
      '/tmp/none/at/all',
      '/tmp/pipe/x',
    ]
    await host.shell(
      `cd /tmp; printf x > 'odd '"'"' " \\ $(x) é \u{1F600}'; mkfifo pipe; ln -s /etc/shadow link; truncate -s 100M large; : > empty`,
    )
    const observed = await driver.observe(
      host.transport,
      't1',
      {
        paths: [...paths, '/tmp/line\nbreak', 'relative'],
        units: ['no such unit', 'x@.service'],
        packages: ['--help'],
        users: ['-x'],
        operationIds: [],
      },
      { nowMs: 0 },
    )
    const states = Object.values(observed.files).map((fact) => (fact.state === 'other' ? fact.what : fact.state))
    expect(states).toEqual([
      'file',
      'a named pipe',
      'a symbolic link',
      'a file of 104857600 bytes, too large to be compared',
      'file',
      'absent',
      'absent',
      'not a path that can be managed',
      'not a path that can be managed',
    ])
    expect(observed.units['x@.service']?.load).toBe('not-found')
    expect(observed.packages['--help']).toEqual({ installed: false, version: '' })
    expect(observed.users['-x']?.exists).toBe(false)
  })
})
