// A session that is opened ahead of its script: as good as one that is opened for it, taken once, and never in the way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Transport } from '../../src/transport/transport.ts'
import { type Account, createOpener, isRoot, needProgram, startSshd, type TestSshd } from './transport-sshd.ts'
import { eventually, failure, processesWith, sleepingFor, uniqueSeconds } from './transport-support.ts'

const timeoutMs = 15_000
/** Nobody keeps it for longer than five seconds, and on a busy machine these may be over before it is taken. */
const slow = { timeout: 120_000, retry: 2 }
const accounts: Account[] = [
  { name: 'noisy', uid: 0, shell: '/bin/bash', files: { '.bashrc': 'echo welcome; echo warning >&2; set -x\n' } },
  { name: 'fish', uid: 0, shell: '/usr/bin/fish', files: { '.config/fish/config.fish': 'echo welcome\n' } },
  { name: 'admin', uid: 61001, shell: '/bin/bash', sudo: 'allowed' },
]
let sshd: TestSshd
const { open, close } = createOpener(() => sshd)

/** The time that the host gives it, in seconds, tells a session from all others: ours, and the five that it may be held. */
let used = 0
async function openAhead(transport: Transport) {
  const seconds = 100 + ++used
  const isThere = () => leaders(seconds + 5).length > 0
  transport.prepare?.(seconds * 1000)
  await eventually(isThere, 10_000)
  return { isThere, pid: leaders(seconds + 5)[0], timeoutMs: seconds * 1000 }
}

function leaders(seconds: number): number[] {
  return processesWith(`\0${seconds}.000\0sh\0-c\0`).filter((pid) => processesWith('timeout\0-k').includes(pid))
}

const leaderOf = async (transport: Transport, limitMs = timeoutMs) =>
  Number((await transport.script('echo "$PPID"', { timeoutMs: limitMs })).stdout)

beforeAll(async () => {
  if (!isRoot) return
  for (const program of ['fish', 'sudo']) needProgram(program)
  sshd = await startSshd({ accounts })
}, 300_000)
afterAll(async () => {
  await close()
  await sshd?.stop()
})

describe.skipIf(!isRoot)('a session that is opened ahead', () => {
  it('is taken by the next script that it has the time for, once', slow, async () => {
    const host = open()
    const spare = await openAhead(host)
    host.prepare?.(spare.timeoutMs)
    expect(await leaderOf(host, spare.timeoutMs + 1)).not.toBe(spare.pid)
    expect(await leaderOf(host)).toBe(spare.pid)
    expect(await leaderOf(host)).not.toBe(spare.pid)
    expect(spare.isThere()).toBe(false)
  })

  it.each(['noisy', 'fish', 'admin'])('is root below the login shell of %s', slow, async (user) => {
    const host = open({ user, sudo: user === 'admin' })
    await openAhead(host)
    expect(await host.script('id -u; echo "$0" >&2; exit 3', { timeoutMs })).toMatchObject({
      exitCode: 3,
      stdout: Buffer.from('0\n'),
      stderr: Buffer.from('homeostat\n'),
    })
  })

  it('keeps the limits of the script, whatever it was opened for', slow, async () => {
    const host = open()
    await openAhead(host)
    const seconds = uniqueSeconds()
    const stop = new AbortController()
    const running = failure(host.script(`sleep ${seconds}`, { timeoutMs, signal: stop.signal }))
    await eventually(() => sleepingFor(seconds).length > 0)
    stop.abort()
    expect(await running).toMatchObject({ kind: 'aborted', sent: true })
    await eventually(() => sleepingFor(seconds).length === 0)
  })

  it('is not given a script that was stopped before', slow, async () => {
    const host = open()
    const { pid } = await openAhead(host)
    const stopped = host.script('echo', { timeoutMs, signal: AbortSignal.abort() })
    expect(await failure(stopped)).toMatchObject({ kind: 'aborted', sent: false })
    expect(await leaderOf(host)).toBe(pid)
  })

  it('is gone when nobody took it, and with its transport', slow, async () => {
    const host = open()
    const idle = await openAhead(host)
    await eventually(() => !idle.isThere(), 10_000)
    const closed = await openAhead(host)
    await host.close()
    await eventually(() => !closed.isThere())
  })

  it('is not missed when it was killed, or could not be opened', slow, async () => {
    const host = open()
    const { pid } = await openAhead(host)
    process.kill(pid ?? 0, 'SIGKILL')
    expect((await host.script('echo well', { timeoutMs })).stdout.toString()).toBe('well\n')
    const locked = open({ user: 'nobody-has-this-name' })
    locked.prepare?.(timeoutMs)
    expect(await failure(locked.script('echo', { timeoutMs }))).toMatchObject({ kind: 'authentication', sent: false })
  })

  it('gives its place to a command that needs it', slow, async () => {
    const narrow = await startSshd({ config: ['MaxSessions 1'] })
    try {
      const host = open({}, narrow)
      const { isThere } = await openAhead(host)
      expect((await host.run(['echo', 'first'], { timeoutMs })).stdout.toString()).toBe('first\n')
      expect(isThere()).toBe(false)
    } finally {
      await narrow.stop()
    }
  })
})
