// A Node process of a test's own, read line by line and ended with the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Child extends AsyncDisposable {
  pid: number
  /** The next line of standard output. Rejects when the process ends or is silent for a minute; the message carries standard error. */
  line(): Promise<string>
  /** Ends it with SIGKILL and returns the lines that had not been read. */
  kill(): Promise<string[]>
}

export function startChild(file: string, ...argv: string[]): Child {
  return followChild(process.execPath, file, ...argv)
}

/** The same for any program. */
export function followChild(program: string, ...argv: string[]): Child {
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  let errors = ''
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4096)
  })
  const closed = once(child, 'close')
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
    return lines.splice(0)
  }
  return {
    pid: child.pid ?? 0,
    line: async () => lines.shift() ?? (await nextLine(reader, child, lines, () => errors)),
    kill,
    [Symbol.asyncDispose]: async () => void (await kill()),
  }
}

async function nextLine(
  reader: ReturnType<typeof createInterface>,
  child: ChildProcess,
  lines: string[],
  errors: () => string,
): Promise<string> {
  const abort = new AbortController()
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(60_000)])
  const ended = once(child, 'close', { signal }).then(() => 'ended')
  await Promise.race([once(reader, 'line', { signal }), ended]).catch(() => 'silent')
  ended.catch(() => 'aborted')
  abort.abort()
  const line = lines.shift()
  if (line === undefined) throw new Error(`the child process gave no line; standard error: ${errors()}`)
  return line
}
