// Runs one program of the test run with our standard streams.
import { spawn } from 'node:child_process'

export interface ProgramResult {
  isGood: boolean
  seconds: number
}

/** Resolves when it has ended; a program that cannot be started is a bad end that says so. */
export function runProgram(
  argv: readonly string[],
  options: { env?: Record<string, string>; signal: AbortSignal },
): Promise<ProgramResult> {
  const startedAtMs = performance.now()
  const [program = '', ...rest] = argv
  return new Promise((resolve) => {
    const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...options.env } })
    const end = () => void child.kill('SIGTERM')
    options.signal.addEventListener('abort', end, { once: true })
    const finish = (isGood: boolean) => {
      options.signal.removeEventListener('abort', end)
      resolve({ isGood, seconds: (performance.now() - startedAtMs) / 1000 })
    }
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`)
      finish(false)
    })
    child.on('exit', (code) => finish(code === 0))
  })
}
