// Runs one program on this machine, with a deadline and a bound on its output. Every effect of the lab goes through here.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { LabError } from './lab-error.ts'

export interface CommandOptions {
  /** Bytes for standard input; it is closed afterwards. */
  stdin?: string | Buffer
  /** Default 180 s. Past it the program and what it started are killed. */
  timeoutMs?: number
  /** Cap on standard output and on standard error, each; default 16 MiB. */
  maxOutputBytes?: number
  /** What messages call it; default: the command line. */
  label?: string
  env?: NodeJS.ProcessEnv
  cwd?: string
  signal?: AbortSignal | undefined
}

export interface CommandResult {
  /** 128 + the number of the signal where one ended it. */
  exitCode: number
  stdout: string
  stderr: string
}

/** Root's own shell may lack the sbin directories (`su` without `-`), where nft, ip and nspawn's helpers live. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Returns how the program ended; a non-zero exit is a result, not an error.
 * @throws LabError `timeout`, `aborted`, or `command` where it cannot be started or prints too much
 */
export function runCommand(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { timeoutMs = 180_000, maxOutputBytes = 16 * 1024 * 1024, signal } = options
  const what = options.label ?? commandLine(argv)
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new LabError('aborted', `given up before: ${what}`))
    // Its own process group, so that the deadline ends its children too.
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, PATH: systemPath, LC_ALL: 'C.UTF-8', ...options.env },
    })
    let failure: LabError | undefined
    const end = (error: LabError) => {
      failure ??= error
      killGroup(child.pid)
      child.stdout.destroy()
      child.stderr.destroy()
    }
    const timer = setTimeout(() => end(new LabError('timeout', `not done after ${timeoutMs} ms: ${what}`)), timeoutMs)
    const onAbort = () => end(new LabError('aborted', `given up during: ${what}`))
    signal?.addEventListener('abort', onAbort, { once: true })
    const collect = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = []
      let size = 0
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxOutputBytes) end(new LabError('command', `printed more than ${maxOutputBytes} bytes: ${what}`))
        else chunks.push(chunk)
      })
      return () => Buffer.concat(chunks).toString('utf8')
    }
    const stdout = collect(child.stdout)
    const stderr = collect(child.stderr)
    // A program that ends without reading its input breaks the pipe; its exit code says what matters.
    child.stdin.on('error', () => child.stdin.destroy())
    child.stdin.end(options.stdin)
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      finish()
    }
    child.on('error', (cause) =>
      settle(() => reject(new LabError('command', `cannot start ${argv[0]}: ${cause.message}`, { cause }))),
    )
    child.on('close', (code, name) =>
      settle(() =>
        failure
          ? reject(failure)
          : resolve({ exitCode: code ?? 128 + signalNumber(name), stdout: stdout(), stderr: stderr() }),
      ),
    )
  })
}

/**
 * Returns the standard output of a program that has to succeed.
 * @throws LabError as `runCommand`, and `command` for a non-zero exit, with the end of what it said
 */
export async function mustRun(argv: string[], options: CommandOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(argv, options)
  if (exitCode === 0) return stdout
  const said = [stdout, stderr]
    .map((text) => text.trim().slice(-1000))
    .filter(Boolean)
    .join('\n')
  throw new LabError('command', `${options.label ?? commandLine(argv)} ended with ${exitCode}: ${said}`)
}

function commandLine(argv: string[]): string {
  return argv.join(' ').slice(0, 300)
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : (constants.signals[name] ?? 0)
}
