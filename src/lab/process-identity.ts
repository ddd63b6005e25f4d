// Recognises a process that we started, long after: its id alone may have been given to another by now.
import { readFile } from 'node:fs/promises'

/** What a pid file holds: process id, start time in clock ticks since boot, boot id. */
export interface ProcessIdentity {
  pid: number
  startTime: string
  bootId: string
}

/** Parses a pid file; undefined where it is not whole. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\d+) ([0-9a-f-]{36})\n$/.exec(text)
  return match ? { pid: Number(match[1]), startTime: match[2] ?? '', bootId: match[3] ?? '' } : undefined
}

/** Field 22 of `/proc/PID/stat` (proc(5)); the command before it may hold spaces and brackets. */
export function startTimeOf(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** The process id that a pid file names, when that very process is still alive. */
export async function livePid(pidFile: string): Promise<number | undefined> {
  const identity = parseIdentity((await readIfThere(pidFile)) ?? '')
  if (!identity) return undefined
  const [stat, bootId] = await Promise.all([
    readIfThere(`/proc/${identity.pid}/stat`),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ])
  if (stat === undefined || bootId.trim() !== identity.bootId) return undefined
  // A zombie has ended: only its parent has not looked yet.
  if (/\) Z /.test(stat)) return undefined
  return startTimeOf(stat) === identity.startTime ? identity.pid : undefined
}

/** Content of a file; undefined where there is none, or where its process has just ended. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
