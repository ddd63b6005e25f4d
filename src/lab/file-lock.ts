// A lock between processes that the kernel takes back when its holder dies, however it dies: flock(2), held by a small
// child whose standard input is ours.
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LabError } from './lab-error.ts'
import { removeIfEmpty } from './remove-if-empty.ts'
import { systemPath } from './run-command.ts'

// The file may be removed by the last holder: after getting the lock, see that it is still the file of that name.
// `command` keeps a failed `exec` from ending the shell: the folder may be gone again by then.
const holder = `
while :; do
  mkdir -p "\${1%/*}"
  command exec 9>>"$1" || continue
  flock --wait "$2" --conflict-exit-code 75 9 || exit
  [ "$(stat --dereference --format=%d:%i /proc/self/fd/9)" = "$(stat --format=%d:%i "$1" 2>/dev/null)" ] && break
done
echo locked
exec cat
`
const heldByAnother = 75

export interface FileLock {
  /** Gives the lock back; `remove` takes the file away too, and its folder when that is empty then. */
  release(options?: { remove?: boolean }): Promise<void>
}

/** @throws LabError `timeout` when another holds it for longer than `waitMs`, `command` when the file cannot be made */
export async function lockFile(path: string, what: string, waitMs: number): Promise<FileLock> {
  // Its own session: Ctrl-C is for us to handle, and must not take the lock away before we have.
  const child = spawn('sh', ['-c', holder, 'lock', path, String(waitMs / 1000)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { PATH: systemPath },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-1000)
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const locked = new Promise<'locked'>((resolve, reject) => {
    child.once('error', reject)
    child.stdout.once('data', () => resolve('locked'))
  })
  const outcome = await Promise.race([locked, ended])
  if (outcome === heldByAnother) {
    throw new LabError('timeout', `another command has held ${what} (${path}) for ${waitMs / 1000} s`)
  }
  if (outcome !== 'locked') throw new LabError('command', `cannot lock ${path}: ${said.trim()}`)
  return {
    async release({ remove = false } = {}) {
      if (remove) {
        await rm(path, { force: true })
        await removeIfEmpty(dirname(path))
      }
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
