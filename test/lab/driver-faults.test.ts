// Operations that are cut off: killed, disconnected, rebooted, out of space. What is live stays whole, and the next one finishes.
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { HostObservation } from '../../src/model/observation.ts'
import type { Resource } from '../../src/model/resource.ts'
import { diffTarget } from '../../src/plan/diff.ts'
import { driver, driverHost, file, target, unit } from '../support/driver-host.ts'
import { useLab } from '../support/lab.ts'

const lab = await useLab('t1')
const host = driverHost(lab, 't1', { keepaliveMs: 500 })

const unitFile = '/etc/systemd/system/ticker.service'
const settings = '/etc/ticker/settings'

/** A unit of our own that writes what it was started with to /run: its settings, and what systemd knew of it. */
function ticker(version: string, more: Resource[] = []) {
  const run = `/bin/sh -c '(cat ${settings}; echo version ${version}) > /run/ticker; exec sleep 100000'`
  return target('ticker', [
    file(settings, `version ${version}\n`.repeat(500), {
      mode: 0o640,
      group: 'www-data',
      validate: ['grep', '-q', version, '{staged}'],
    }),
    file(unitFile, `[Service]\nExecStart=${run}\n[Install]\nWantedBy=multi-user.target\n`),
    file('/etc/ticker/extra', `extra ${version}\n`),
    unit('ticker.service', { restartOn: [`file:${settings}`, `file:${unitFile}`] }),
    ...more,
  ])
}

const started = async () => (await host.shell('cat /run/ticker | sort -u')).trim()
const leftovers = () => host.shell("find /etc -name '.homeostat-*'; ls -A /run/systemd/system")

/** Files that are neither as one version has them nor as the other: content, mode and owner. */
function torn(seen: HostObservation, versions: string[]): string[] {
  const changes = versions.map((version) =>
    diffTarget(ticker(version), seen, []).changes.map((change) => change.resource),
  )
  return Object.keys(seen.files).filter((path) => changes.every((ids) => ids.includes(`file:${path}`)))
}

/** Every third point of a removal is tried; 1 tries all of them, which takes minutes. */
const REMOVAL_STRIDE = 3

/** Programs that an operation calls, wrapped: the one that makes the count full is not run, the operation is killed instead. */
const wrapped = ['sync', 'mv', 'install', 'systemctl', 'rm', 'mkdir', 'timeout']
async function killAt(count: number): Promise<void> {
  const wrapper = `#!/bin/sh
read -r count < /run/kill-count
printf '%s\\n' $((count - 1)) > /run/kill-count
[ "$count" -ne 1 ] || { /usr/bin/systemctl kill --signal=SIGKILL 'homeostat-op-*.service'; sleep 10; }
exec "/usr/bin/\${0##*/}" "$@"
`
  await host.shell(`cd /usr/local/sbin; cat > sync << 'END'
${wrapper}END
chmod 755 sync; for name in ${wrapped.slice(1).join(' ')}; do cp sync "$name"; done
printf '%s\\n' ${count} > /run/kill-count`)
}
const stopKilling = () => host.shell(`cd /usr/local/sbin; rm -f ${wrapped.join(' ')}; cat /run/kill-count`)

describe('an operation that is killed', () => {
  test('at any point leaves every file whole, and the next one finishes the work', async () => {
    expect(await host.apply(ticker('v0'))).toMatchObject({ outcome: 'succeeded' })
    let previous = 'v0'
    let killed = 0
    for (let count = 1; count < 200; count++) {
      const next = `v${count}`
      const operation = await host.operation(ticker(next))
      await killAt(count)
      const result = await driver.operate(host.transport, operation, {})
      const left = Number(await stopKilling())
      if (left > 0) break
      killed += 1
      const seen = await host.see([ticker(next)], [operation.id])
      expect(torn(seen, [previous, next]), next).toEqual([])
      const state = seen.operations[operation.id]?.state
      // A result without a time is the driver's own word for "it has left none".
      expect(state, next).toBe(result.startedAtMs === 0 ? 'interrupted' : 'done')
      expect(await host.apply(ticker(next)), next).toMatchObject({ outcome: 'succeeded' })
      expect(await host.difference(ticker(next)), next).toEqual({ changes: [] })
      expect(await started(), next).toBe(`version ${next}`)
      expect(await leftovers(), next).toBe('')
      previous = next
    }
    expect(killed).toBeGreaterThan(30)
  }, 600_000)

  test('while it takes things back still lets the next one give back what was there before', async () => {
    const theirs = `printf 'theirs\\n' > /etc/theirs; chmod 604 /etc/theirs; chown admin /etc/theirs; rm -rf /etc/ours`
    const look = "stat -c '%a %U' /etc/theirs; cat /etc/theirs; ls -d /etc/ours /etc/ticker 2>/dev/null || true"
    const wanted = ticker('gone', [file('/etc/theirs', 'ours\n'), file('/etc/ours/deep/file', 'ours\n')])
    let killed = 0
    for (let count = 1; count < 200; count += REMOVAL_STRIDE) {
      await host.apply(ticker('gone'), { kind: 'remove' })
      await host.shell(theirs)
      expect(await host.apply(wanted), `${count}`).toMatchObject({ outcome: 'succeeded' })
      const operation = await host.operation(wanted, { kind: 'remove' })
      await killAt(count)
      await driver.operate(host.transport, operation, {})
      if (Number(await stopKilling()) > 0) break
      killed += 1
      expect(await host.apply(wanted, { kind: 'remove' }), `${count}`).toMatchObject({ outcome: 'succeeded' })
      expect(await host.shell(look), `${count}`).toBe('604 admin\ntheirs\n')
      expect((await host.see([])).components, `${count}`).toEqual({})
      expect(await host.shell('ls -A /var/lib/homeostat/components'), `${count}`).toBe('')
      expect(await leftovers(), `${count}`).toBe('')
    }
    expect(killed).toBeGreaterThan(8)
  }, 300_000)

  test('while a package is being installed leaves no mask and no half of a package behind', async () => {
    const wanted = target('web', [{ kind: 'package', name: 'nginx-light' }, unit('nginx.service')])
    for (const afterMs of [300, 700, 1_100, 1_500]) {
      const operation = await host.operation(wanted)
      const running = driver.operate(host.transport, operation, {})
      await sleep(afterMs)
      await host.shell("systemctl kill --signal=SIGKILL 'homeostat-op-*.service' || true")
      await running
      expect(await host.apply(wanted), `${afterMs} ms`).toMatchObject({ outcome: 'succeeded' })
      expect(await host.difference(wanted), `${afterMs} ms`).toEqual({ changes: [] })
      expect(await leftovers(), `${afterMs} ms`).toBe('')
      expect(await host.apply(wanted, { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
    }
  })
})

/** The ticker with a checker that takes its time. */
const slow = (version: string, seconds: number) =>
  ticker(version, [file('/etc/ticker/slow', `${version}\n`, { validate: ['sleep', String(seconds)] })])

describe('a connection that is cut', () => {
  test('does not end the operation; a later look finds it running, then done', async () => {
    const operation = await host.operation(slow('cut', 6))
    const running = driver.operate(host.transport, operation, {})
    const lost = expect(running).rejects.toMatchObject({ name: 'TransportError', sent: true })
    await sleep(1_500)
    await lab.cut('t1')
    await lost
    await lab.heal('t1')
    const state = async () => (await host.see([], [operation.id])).operations[operation.id]
    expect(await state()).toEqual({ state: 'running' })
    await expect.poll(state, { timeout: 15_000 }).toMatchObject({ state: 'done', result: { outcome: 'succeeded' } })
    expect(await started()).toBe('version cut')
  })
})

describe('a reboot in the middle', () => {
  test('leaves an interrupted operation, whole files and a host that takes the next one', async () => {
    const operation = await host.operation(slow('reboot', 30))
    const running = driver.operate(host.transport, operation, {})
    const lost = expect(running).rejects.toMatchObject({ name: 'TransportError', sent: true })
    await sleep(1_500)
    await lab.powerCut('t1')
    await lost
    await lab.start('t1')
    const { operations } = await host.see([], [operation.id])
    expect(operations[operation.id]).toEqual({ state: 'interrupted' })
    expect(await started()).toBe('version cut')
    const next = slow('rebooted', 0)
    expect(await host.apply(next)).toMatchObject({ outcome: 'succeeded' })
    expect(await host.difference(next)).toEqual({ changes: [] })
    expect(await started()).toBe('version rebooted')
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

  test.each([
    [
      'a damaged record',
      '/var/lib/homeostat/components/ticker/record',
      'sed -i s/^end$/en/',
      'the record of component "ticker"',
    ],
    [
      'an incomplete record',
      '/var/lib/homeostat/components/ticker/record',
      'sed -i $d',
      'component "ticker" is incomplete',
    ],
    ['a missing tool', '/usr/bin/dpkg-query', 'rm', 'the host lacks dpkg-query'],
  ])('is an error that names it: %s', async (_, path, damage, message) => {
    await host.shell(`cp -a ${path} /run/saved; ${damage.replace('$d', "'$d'")} ${path}`)
    const error = await host.see([]).catch((reason: Error) => reason)
    await host.shell(`mv -f /run/saved ${path}`)
    expect(error).toMatchObject({ name: 'DriverError', host: 't1' })
    expect((error as Error).message).toContain(message)
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
