// Programs that the benchmarks run: how long they took, and how much processor time they and their children used.
import { readFileSync } from 'node:fs'
import { type CommandOptions, type CommandResult, runCommand } from '../src/lab/run-command.ts'

export interface Timed {
  wallMs: number
  /** User and system time of the program and of every child it waited for. Resolution 10 ms. */
  cpuMs: number
  result: CommandResult
}

// Linux counts `cutime` and `cstime` in ticks of 1/100 s (sysconf(_SC_CLK_TCK)) on every architecture that Node runs on.
const tickMs = 10

/** Runs a program and throws unless it exits with 0. Nothing else may run as a child of this process meanwhile. */
export async function timed(argv: string[], options: CommandOptions = {}): Promise<Timed> {
  const before = childrenCpuMs()
  const startedAt = performance.now()
  const result = await runCommand(argv, { timeoutMs: 300_000, ...options })
  const wallMs = performance.now() - startedAt
  if (result.exitCode !== 0) {
    throw new Error(
      `${argv.join(' ')} ended with ${result.exitCode}: ${(result.stderr || result.stdout).slice(-2_000)}`,
    )
  }
  return { wallMs, cpuMs: childrenCpuMs() - before, result }
}

/** As `timed`, for its output. */
export async function output(argv: string[], options: CommandOptions = {}): Promise<string> {
  return (await timed(argv, options)).result.stdout
}

function childrenCpuMs(): number {
  const [, , cutime = 0, cstime = 0] = processTimes('self')
  return (cutime + cstime) * tickMs
}

/** Processor time that a running process has used itself, in milliseconds. */
export function processCpuMs(pid: number): number {
  const [utime = 0, stime = 0] = processTimes(String(pid))
  return (utime + stime) * tickMs
}

// Fields 14 to 17 of /proc/PID/stat (man proc); the name in field 2 may hold spaces and brackets, so count from its end.
function processTimes(pid: string): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
}

/** Memory that a process holds, in megabytes (10⁶ bytes). */
export function residentMb(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return (Number(kibibytes) * 1024) / 1e6
}
