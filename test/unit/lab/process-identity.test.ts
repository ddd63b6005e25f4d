// Recognising a process again: by id and start time and boot, never by id alone.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { livePid, parseIdentity, startTimeOf } from '../../../src/lab/process-identity.ts'

let directory: string
let child: ChildProcess
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-'))
  child = spawn('sleep', ['60'])
  await once(child, 'spawn')
})
afterEach(async () => {
  child.kill()
  await rm(directory, { recursive: true })
})

async function pidFile(change: { startTime?: string; bootId?: string } = {}): Promise<string> {
  const startTime = change.startTime ?? startTimeOf(await readFile(`/proc/${child.pid}/stat`, 'utf8'))
  const bootId = change.bootId ?? (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  await writeFile(`${directory}/pid`, `${child.pid} ${startTime} ${bootId}\n`)
  return `${directory}/pid`
}

describe.runIf(process.platform === 'linux')('a pid file', () => {
  test('names a process that is alive', async () => {
    expect(await livePid(await pidFile())).toBe(child.pid)
  })

  test('does not name another process of the same id', async () => {
    expect(await livePid(await pidFile({ startTime: '1' }))).toBeUndefined()
  })

  test('does not name a process of an earlier boot', async () => {
    expect(await livePid(await pidFile({ bootId: '00000000-0000-0000-0000-000000000000' }))).toBeUndefined()
  })

  test('names nothing once the process has ended', async () => {
    const file = await pidFile()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await livePid(file)).toBeUndefined()
  })

  test.each(['', '12', '12 34', 'x 1 00000000-0000-0000-0000-000000000000\n'])('"%s" is not whole', (text) => {
    expect(parseIdentity(text)).toBeUndefined()
  })

  test('a missing file names nothing', async () => {
    expect(await livePid(`${directory}/none`)).toBeUndefined()
  })

  test('the start time is found behind a command with blanks and brackets', () => {
    const stat = '7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 2'
    expect(startTimeOf(stat)).toBe('98765')
  })
})
