// The lock between commands: one holder at a time, and none when the holder was killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFile, whileLocked } from '../../../src/lab/file-lock.ts'

let path: string
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'lock-')), 'lock')
})
afterEach(() => rm(join(path, '..'), { recursive: true }))

describe.runIf(process.platform === 'linux')('a lock', () => {
  test('is held by one at a time', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    }
    await Promise.all(Array.from({ length: 5 }, () => whileLocked(path, 'the test', 10_000, work)))
    expect(most).toBe(1)
  })

  test('says what is held when it cannot be had in time', async () => {
    const lock = await lockFile(path, 'the lab "a"', 1000)
    await expect(lockFile(path, 'the lab "a"', 1)).rejects.toThrow('another command has held the lab "a"')
    await lock.release()
  })

  test('is free again when its holder was killed', async () => {
    const source = `import { lockFile } from '${new URL('../../../src/lab/file-lock.ts', import.meta.url).href}'
      await lockFile(${JSON.stringify(path)}, 'the test', 1000)
      console.log('held')
      setInterval(() => undefined, 1000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', source])
    await once(holder.stdout, 'data')
    holder.kill('SIGKILL')
    await (await lockFile(path, 'the test', 5000)).release()
  })

  test('is given on whole to a waiter when its file is removed', async () => {
    const first = await lockFile(path, 'the test', 1000)
    const second = lockFile(path, 'the test', 5000)
    await first.release({ remove: true })
    const held = await second
    expect(existsSync(path)).toBe(true)
    await expect(lockFile(path, 'the test', 1)).rejects.toThrow('another command')
    await held.release()
  })
})
