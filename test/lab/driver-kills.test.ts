// Operations that are killed, one point after the other, on two hosts at once: what is live stays whole, and the next one finishes.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type DriverHost, driver, driverHost, file, target, unit } from '../support/driver-host.ts'
import { useLab } from '../support/lab.ts'
import { leftovers, started, ticker, torn } from '../support/ticker.ts'

const lab = await useLab('t1', 't2', 't3')
const [one, two, three] = ['t1', 't2', 't3'].map((name) => driverHost(lab, name, { keepaliveMs: 500 })) as [
  DriverHost,
  DriverHost,
  DriverHost,
]
/** Those that share the points of an operation between them. */
const hosts = [one, two]

/** Every third point of a removal is tried; 1 tries all of them, which takes minutes. */
const REMOVAL_STRIDE = 3

/** Programs that an operation calls, wrapped: the one that makes the count full is not run, the operation is killed instead. */
const wrapped = ['sync', 'mv', 'install', 'systemctl', 'rm', 'mkdir', 'timeout']
async function killAt(host: DriverHost, count: number): Promise<void> {
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
const stopKilling = (host: DriverHost) =>
  host.shell(`cd /usr/local/sbin; rm -f ${wrapped.join(' ')}; cat /run/kill-count`)

test('an operation that is killed at any point leaves every file whole, and the next one finishes the work', async () => {
  const killed = await Promise.all(hosts.map((host, at) => killChanges(host, 1 + at, hosts.length)))
  expect(sum(killed)).toBeGreaterThan(15)
})

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)

/** Returns at how many points it was killed. */
async function killChanges(host: DriverHost, first: number, stride: number): Promise<number> {
  expect(await host.apply(ticker('v0'))).toMatchObject({ outcome: 'succeeded' })
  let previous = 'v0'
  let killed = 0
  for (let count = first; count < 200; count += stride) {
    const next = `v${count}`
    const operation = await host.operation(ticker(next))
    await killAt(host, count)
    const result = await driver.operate(host.transport, operation, {})
    if (Number(await stopKilling(host)) > 0) break
    killed += 1
    const seen = await host.see([ticker(next)], [operation.id])
    expect(torn(seen, [previous, next]), next).toEqual([])
    const state = seen.operations[operation.id]?.state
    // A result without a time is the driver's own word for "it has left none".
    expect(state, next).toBe(result.startedAtMs === 0 ? 'interrupted' : 'done')
    expect(await host.apply(ticker(next)), next).toMatchObject({ outcome: 'succeeded' })
    expect(await host.difference(ticker(next)), next).toEqual({ changes: [] })
    expect(await started(host), next).toBe(`version ${next}`)
    expect(await leftovers(host), next).toBe('')
    previous = next
  }
  return killed
}

test('one that is killed while it takes things back still lets the next one give back what was there before', async () => {
  const killed = await Promise.all(
    hosts.map((host, at) => killRemovals(host, 1 + at * REMOVAL_STRIDE, hosts.length * REMOVAL_STRIDE)),
  )
  expect(sum(killed)).toBeGreaterThan(8)
})

/** Returns at how many points it was killed. */
async function killRemovals(host: DriverHost, first: number, stride: number): Promise<number> {
  const theirs = `printf 'theirs\\n' > /etc/theirs; chmod 604 /etc/theirs; chown admin /etc/theirs; rm -rf /etc/ours`
  const look = "stat -c '%a %U' /etc/theirs; cat /etc/theirs; ls -d /etc/ours /etc/ticker 2>/dev/null || true"
  const wanted = ticker('gone', [file('/etc/theirs', 'ours\n'), file('/etc/ours/deep/file', 'ours\n')])
  let killed = 0
  for (let count = first; count < 200; count += stride) {
    await host.apply(ticker('gone'), { kind: 'remove' })
    await host.shell(theirs)
    expect(await host.apply(wanted), `${count}`).toMatchObject({ outcome: 'succeeded' })
    const operation = await host.operation(wanted, { kind: 'remove' })
    await killAt(host, count)
    await driver.operate(host.transport, operation, {})
    if (Number(await stopKilling(host)) > 0) break
    killed += 1
    expect(await host.apply(wanted, { kind: 'remove' }), `${count}`).toMatchObject({ outcome: 'succeeded' })
    expect(await host.shell(look), `${count}`).toBe('604 admin\ntheirs\n')
    expect((await host.see([])).components, `${count}`).toEqual({})
    expect(await host.shell('ls -A /var/lib/homeostat/components'), `${count}`).toBe('')
    expect(await leftovers(host), `${count}`).toBe('')
  }
  return killed
}

test('one that is killed while a package is being installed leaves no mask and no half of a package behind', async () => {
  const wanted = target('web', [{ kind: 'package', name: 'nginx-light' }, unit('nginx.service')])
  const killAfter = async (host: DriverHost, afterMs: number) => {
    const operation = await host.operation(wanted)
    const running = driver.operate(host.transport, operation, {})
    await sleep(afterMs)
    await host.shell("systemctl kill --signal=SIGKILL 'homeostat-op-*.service' || true")
    await running
    expect(await host.apply(wanted), `${afterMs} ms`).toMatchObject({ outcome: 'succeeded' })
    expect(await host.difference(wanted), `${afterMs} ms`).toEqual({ changes: [] })
    expect(await leftovers(host), `${afterMs} ms`).toBe('')
    expect(await host.apply(wanted, { kind: 'remove' })).toMatchObject({ outcome: 'succeeded' })
  }
  const inTurn = async (host: DriverHost, ...moments: number[]) => {
    for (const afterMs of moments) await killAfter(host, afterMs)
  }
  await Promise.all([inTurn(one, 300, 1_500), inTurn(two, 700), inTurn(three, 1_100)])
})
