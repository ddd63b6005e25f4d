// Scripts that only look, in a shell that stays open on the host: as good as in a session of their own, and never in the way.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Transport } from '../../src/transport/transport.ts'
import { type Account, createOpener, isRoot, needProgram, startSshd, type TestSshd } from './transport-sshd.ts'
import { eventually, failure, uniqueSeconds } from './transport-support.ts'

const timeoutMs = 60_000
/** What does not begin within five seconds is passed by, and on a busy machine that may be so once. */
const slow = { timeout: 120_000, retry: 2 }
const accounts: Account[] = [
  { name: 'noisy', uid: 0, shell: '/bin/bash', files: { '.bashrc': 'echo welcome; echo warning >&2; set -x\n' } },
  { name: 'fish', uid: 0, shell: '/usr/bin/fish', files: { '.config/fish/config.fish': 'echo welcome\n' } },
  { name: 'tcsh', uid: 0, shell: '/bin/tcsh', files: { '.tcshrc': 'echo welcome\n' } },
  { name: 'admin', uid: 61001, shell: '/bin/bash', sudo: 'allowed' },
]
let sshd: TestSshd
const { open, close } = createOpener(() => sshd)

const outOf = async (transport: Transport, text: string, kept: string) =>
  (await transport.script(text, { kept, timeoutMs })).stdout.toString()

/** Leads the process group that the looks run in. */
async function leaderOf(transport: Transport): Promise<number> {
  const pid = Number(await outOf(transport, '', 'echo "$PPID"'))
  if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('timeout')) throw new Error(`${pid} is not timeout`)
  return pid
}

/** The session's own process of sshd. */
function parentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1])
  if (!readFileSync(`/proc/${parent}/cmdline`, 'utf8').startsWith('sshd')) throw new Error(`${parent} is not sshd`)
  return parent
}

beforeAll(async () => {
  if (!isRoot) return
  for (const program of ['fish', 'tcsh', 'sudo']) needProgram(program)
  sshd = await startSshd({ accounts })
}, 300_000)
afterAll(async () => {
  await close()
  await sshd?.stop()
})

describe.skipIf(!isRoot)('a shell that is kept', () => {
  it('runs one look after the other, and nothing of one is left for the next', slow, async () => {
    const host = open()
    const kept = 'f() { echo "$x $y"; }; y=5; f; echo warning >&2; cat; exit "$x"'
    const first = await host.script('x=3', { kept, timeoutMs })
    expect(first).toMatchObject({ exitCode: 3, stdout: Buffer.from('3 5\n'), stderr: Buffer.from('warning\n') })
    expect((await host.script('x=4', { kept, timeoutMs })).exitCode).toBe(4)
    expect(await outOf(host, '', 'command -v f || echo "none $x$y"')).toBe('none \n')
    expect(await leaderOf(host)).toBe(await leaderOf(host))
  })

  it.each(['noisy', 'fish', 'tcsh', 'admin'])('is root below the login shell of %s', slow, async (user) => {
    const host = open({ user, sudo: user === 'admin' })
    for (const word of ['one', 'two']) expect(await outOf(host, `x=${word}`, 'echo "$(id -u) $x"')).toBe(`0 ${word}\n`)
  })

  it('gives exact bytes, also without a last line break and where they look like an end', slow, async () => {
    const host = open()
    const kept = 'i=0; while [ $i -lt 3000 ]; do printf "\\n%s:%s 0 \\0 é" "$1" "$i"; i=$((i + 1)); done'
    const { stdout } = await open().script('', { kept, timeoutMs, maxOutputBytes: 1_000_000 })
    const text = stdout.toString()
    expect(text.split('\n')).toHaveLength(3001)
    expect(text.endsWith(':2999 0 \0 é')).toBe(true)
    expect(await outOf(host, '', ':')).toBe('')
  })

  it('refuses a script that does not parse, and goes on', slow, async () => {
    const host = open()
    const broken = await host.script('echo half', { kept: 'if true; then', timeoutMs })
    expect(broken.exitCode).not.toBe(0)
    expect(broken.stdout.toString()).toBe('')
    expect(await outOf(host, '', 'echo well')).toBe('well\n')
  })

  it('ends what lasts too long, is stopped, or says too much, and looks again', slow, async () => {
    const host = open()
    const seconds = `4${process.pid}.25`
    const kept = `sleep ${seconds}`
    const isRunning = () => execFileSync('ps', ['-eo', 'args']).toString().includes(kept)
    expect(await failure(host.script('', { kept, timeoutMs: 3_000 }))).toMatchObject({ kind: 'timeout', sent: true })
    await eventually(() => !isRunning())
    const stop = new AbortController()
    const stopped = failure(host.script('', { kept, timeoutMs, signal: stop.signal }))
    await eventually(isRunning)
    stop.abort()
    expect(await stopped).toMatchObject({ kind: 'aborted', sent: true })
    await eventually(() => !isRunning())
    const much = host.script('', { kept: 'yes', timeoutMs, maxOutputBytes: 1000 })
    expect(await failure(much)).toMatchObject({ kind: 'output' })
    expect(await outOf(host, '', 'echo well')).toBe('well\n')
  })

  it('is not missed when it is killed, before a look or in the middle of one', slow, async () => {
    const host = open()
    process.kill(await leaderOf(host), 'SIGTERM')
    expect(await outOf(host, '', 'echo well')).toBe('well\n')
    const mark = join(sshd.directory, `looked-${uniqueSeconds()}`)
    const kept = `[ ! -e ${mark} ] && { touch ${mark}; kill -TERM "$PPID"; sleep 60; }; echo again`
    expect(await outOf(host, '', kept)).toBe('again\n')
  })

  it('lets another command pass while it is busy, and gives its session to one that needs it', slow, async () => {
    const narrow = await startSshd({ config: ['MaxSessions 1'] })
    try {
      const host = open({}, narrow)
      for (const word of ['one', 'two']) {
        expect(await outOf(host, `x=${word}`, 'echo "$x"')).toBe(`${word}\n`)
        expect((await host.run(['echo', word], { timeoutMs })).stdout.toString()).toBe(`${word}\n`)
      }
      const both = await Promise.all([outOf(host, '', 'sleep 0.3; echo a'), outOf(host, '', 'echo b')])
      expect(both).toEqual(['a\n', 'b\n'])
    } finally {
      await narrow.stop()
    }
  })

  it('goes with its connection, and comes back with the next', slow, async () => {
    const host = open()
    const before = await leaderOf(host)
    process.kill(parentOf(before), 'SIGTERM')
    expect(await outOf(host, '', 'echo well')).toBe('well\n')
    await host.close()
    await eventually(() => !existsSync(`/proc/${before}`))
  })
})
