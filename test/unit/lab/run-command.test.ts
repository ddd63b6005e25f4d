// Running programs on this machine: exit codes are results; deadlines, floods and missing programs are errors.
import { describe, expect, test } from 'vitest'
import { mustRun, runCommand } from '../../../src/lab/run-command.ts'

describe('a command', () => {
  test('gives its output, its input and its exit code', async () => {
    const result = await runCommand(['sh', '-c', 'cat; echo bad >&2; exit 3'], { stdin: 'good' })
    expect(result).toEqual({ exitCode: 3, stdout: 'good', stderr: 'bad\n' })
  })

  test('ended by a signal has its number in the exit code', async () => {
    expect((await runCommand(['sh', '-c', 'kill -TERM $$'])).exitCode).toBe(143)
  })

  test('is ended, with all it started, at its deadline', async () => {
    const begun = Date.now()
    await expect(runCommand(['sh', '-c', 'sleep 30 | sleep 30'], { timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'timeout',
      message: 'not done after 50 ms: sh -c sleep 30 | sleep 30',
    })
    expect(Date.now() - begun).toBeLessThan(25_000)
  })

  test('is ended when the caller gives up', async () => {
    const abort = new AbortController()
    const running = runCommand(['sleep', '30'], { signal: abort.signal })
    abort.abort()
    await expect(running).rejects.toMatchObject({ kind: 'aborted' })
  })

  test('that floods its output is ended', async () => {
    await expect(runCommand(['yes'], { maxOutputBytes: 1000 })).rejects.toThrow('printed more than 1000 bytes')
  })

  test('that is not there is an error that names it', async () => {
    await expect(runCommand(['/no/such/program'])).rejects.toThrow('cannot start /no/such/program')
  })

  test('that has to succeed says what it said', async () => {
    await expect(mustRun(['sh', '-c', 'echo because >&2; exit 4'])).rejects.toThrow('ended with 4: because')
  })
})
