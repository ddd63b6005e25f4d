// A lock between processes that the kernel takes back when its holder dies, however it dies: flock(2), held by a small
// child whose standard input is ours.
import { spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LabError } from './lab-error.ts'
import { systemPath } from './run-command.ts'

// The file may be removed by the last holder: after getting the lock, see that it is still the file of that name.
const holder = `
while :; do
  exec 9>>"$1" && flock --wait "$2" 9 || exit 75
  [ "$(stat --dereference --format=%d:%i /proc/self/fd/9)" = "$(stat --format=%d:%i "$1" 2>/dev/null)" ] && break
done
echo locked
exec cat
`

export interface FileLock {
  /** Gives the lock back; `remove` takes the file away too. */
  release(options?: { remove?: boolean }): Promise<void>
}

/** @throws LabError `timeout` when another holds it for longer than `waitMs` */
export async function lockFile(path: string, what: string, waitMs: number): Promise<FileLock> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  const seconds = Math.ceil(waitMs / 1000)
  // Its own session: Ctrl-C is for us to handle, and must not take the lock away before we have.
  const child = spawn('sh', ['-c', holder, 'lock', path, String(seconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: { PATH: systemPath },
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const locked = await new Promise<boolean>((resolve, reject) => {
    child.on('error', reject)
    child.stdout.once('data', () => resolve(true))
    child.on('close', () => resolve(false))
  })
  if (!locked) throw new LabError('timeout', `another command has held ${what} (${path}) for ${seconds} s`)
  return {
    async release({ remove = false } = {}) {
      if (remove) await rm(path, { force: true })
      child.stdin.end()
      await ended
    },
  }
}

/** Runs `work` while holding the lock. */
export async function whileLocked<T>(path: string, what: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const lock = await lockFile(path, what, waitMs)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
