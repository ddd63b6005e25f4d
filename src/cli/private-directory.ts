// A directory that only we can enter, in memory where there is such a place, and that is gone when we are.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const IN_MEMORY = '/dev/shm'
const ENDING = { SIGHUP: 1, SIGTERM: 15 } as const

/**
 * Runs `use` with a directory of mode 0700 that is removed afterwards, whatever happens: an error, SIGHUP, SIGTERM, the end of
 * the process. SIGINT is for the editor that runs in it, as with Git.
 */
export async function withPrivateDirectory<Value>(use: (path: string) => Promise<Value>): Promise<Value> {
  const path = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'homeostat-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  const ignore = () => undefined
  const end = Object.entries(ENDING).map(([name, number]) => [name, () => process.exit(128 + number)] as const)
  process.on('exit', remove)
  process.on('SIGINT', ignore)
  for (const [name, handler] of end) process.on(name, handler)
  try {
    return await use(path)
  } finally {
    remove()
    process.off('exit', remove)
    process.off('SIGINT', ignore)
    for (const [name, handler] of end) process.off(name, handler)
  }
}
