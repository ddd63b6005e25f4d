// What becomes of a lab whose programs were killed at a bad moment, and that `down` leaves nothing behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { leaderPid } from '../../src/lab/host-control.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { hostPaths, labPaths } from '../../src/lab/lab-paths.ts'
import { labStatus } from '../../src/lab/lab-status.ts'
import { labDown, labUp } from '../../src/lab/lab-up.ts'
import { livePid } from '../../src/lab/process-identity.ts'
import { processesNaming, traces } from '../support/lab-traces.ts'

const name = `${(process.env.HOMEOSTAT_LAB ?? 'default').slice(0, 24)}-kill`
const other = `${name}2`
const hosts = [
  { name: 'one', address: '192.168.99.41' },
  { name: 'two', address: '192.168.99.42' },
]
const paths = labPaths(name)
const one = hostPaths(paths, 'one')

afterAll(async () => {
  await labDown(name)
  await labDown(other)
})

describe('a host whose programs were killed', () => {
  test.each([
    ['its keeper', () => livePid(one.keeper)],
    ['systemd-nspawn', () => livePid(one.machine)],
    ['its own init process', () => leaderPid(one)],
  ])('after SIGKILL of %s, the next up boots it again and leaves the other alone', async (_, victim) => {
    const lab = await labUp({ name, hosts })
    const [before, otherBefore] = await bootIds(lab)
    process.kill((await victim()) ?? Number.NaN, 'SIGKILL')
    await expect.poll(onePower, { timeout: 60_000 }).not.toBe('on')
    const again = await labUp({ name, hosts })
    const [after, otherAfter] = await bootIds(again)
    expect(after).not.toBe(before)
    expect(otherAfter).toBe(otherBefore)
    expect(await processesNaming(one.state)).toHaveLength(1)
  })

  test('down leaves nothing of it, whatever was killed', async () => {
    await labUp({ name, hosts })
    for (const pid of [await livePid(one.keeper), await livePid(one.machine)])
      process.kill(pid ?? Number.NaN, 'SIGKILL')
    await labDown(name)
    expect(await traces(name)).toEqual([])
  })
})

describe('an up that was killed', () => {
  test.each([20, 60, 120, 200, 300, 450, 700])('after %d ms is finished by the next up', async (afterMs) => {
    await labDown(name)
    await killedUp(afterMs)
    const lab = await labUp({ name, hosts })
    for (const host of hosts) expect((await lab.ssh(host.name, ['true'])).exitCode).toBe(0)
    expect(await processesNaming(one.state)).toHaveLength(1)
  })

  test.each([60, 200, 450])('after %d ms is cleaned by the next down', async (afterMs) => {
    await labDown(name)
    await killedUp(afterMs)
    await labDown(name)
    expect(await traces(name)).toEqual([])
  })
})

describe('down', () => {
  test('is harmless twice', async () => {
    await labDown(name)
    await labDown(name)
    expect(await traces(name)).toEqual([])
  })

  test('leaves nothing of the lab, and another lab untouched', async () => {
    const [lab, another] = await Promise.all([labUp({ name, hosts }), labUp({ name: other, hosts })])
    await lab.shell('one', 'echo mine > /root/note')
    expect((await another.exec('one', ['cat', '/root/note'])).exitCode).not.toBe(0)
    const before = await bootIds(another)
    await labDown(name)
    expect(await traces(name)).toEqual([])
    expect(await bootIds(another)).toEqual(before)
    expect((await another.ssh('one', ['true'])).exitCode).toBe(0)
    await labDown(other)
    expect(await traces(other)).toEqual([])
  })

  test('ends a lab that has other hosts when it is asked for anew', async () => {
    await labUp({ name, hosts })
    const lab = await labUp({ name, hosts: hosts.slice(1) })
    expect((await labStatus(name)).hosts.map((host) => host.name)).toEqual(['two'])
    expect((await lab.ssh('two', ['true'])).exitCode).toBe(0)
    expect(await processesNaming(one.state)).toEqual([])
  })
})

function bootIds(lab: Lab): Promise<string[]> {
  return Promise.all(hosts.map((host) => lab.shell(host.name, 'cat /proc/sys/kernel/random/boot_id')))
}

async function onePower(): Promise<string | undefined> {
  return (await labStatus(name)).hosts[0]?.power
}

/** Runs `labUp` in a process of its own and kills it so many milliseconds after it began to work. */
async function killedUp(afterMs: number): Promise<void> {
  const source = `import { labUp } from '${new URL('../../src/lab/lab-up.ts', import.meta.url).href}'
    console.log('begun')
    await labUp(${JSON.stringify({ name, hosts })})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  await sleep(afterMs)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
