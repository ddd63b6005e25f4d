// Runs one program of the test run, with our standard streams unless its output is asked for.
import { spawn } from 'node:child_process'

/** More than this of the output is not kept: the end of it says what went wrong. */
const OUTPUT_KEPT = 1_000_000

export interface ProgramResult {
  isGood: boolean
  seconds: number
}

/** Resolves when it has ended; a program that cannot be started is a bad end that says so. */
export function runProgram(
  argv: readonly string[],
  options: { env?: Record<string, string>; signal: AbortSignal; print?: (text: string) => void },
): Promise<ProgramResult> {
  const startedAtMs = performance.now()
  const [program = '', ...rest] = argv
  const { print } = options
  return new Promise((resolve) => {
    const stdio = print === undefined ? 'inherit' : 'pipe'
    const child = spawn(program, rest, { stdio: ['inherit', stdio, stdio], env: { ...process.env, ...options.env } })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_KEPT)
      })
    const end = () => void child.kill('SIGTERM')
    options.signal.addEventListener('abort', end, { once: true })
    const finish = (isGood: boolean) => {
      options.signal.removeEventListener('abort', end)
      print?.(output)
      resolve({ isGood, seconds: (performance.now() - startedAtMs) / 1000 })
    }
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`)
      finish(false)
    })
    child.on('close', (code) => finish(code === 0))
  })
}
