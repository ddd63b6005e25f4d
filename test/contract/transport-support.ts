// What the transport tests share: a look at this machine's processes, and the kind of an expected error.
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { TransportError } from '../../src/transport/transport.ts'

/** Numbers of the processes with `word` in their command line. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => commandLine(name).includes(word))
    .map(Number)
}

/** Numbers of the `sleep` processes with that argument: of what was started, and not of what is about to start it. */
export function sleepingFor(seconds: string): number[] {
  return processesWith(seconds).filter((pid) => commandLine(`${pid}`).startsWith(`sleep\0${seconds}`))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return '' // it ended while we looked
  }
}

/** Ends what a test left running on purpose; one that has just ended by itself is fine. */
export function endProcessesWith(word: string): void {
  for (const pid of processesWith(word)) {
    try {
      process.kill(pid)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

export async function eventually(what: () => boolean, timeoutMs = 30_000): Promise<void> {
  await expect.poll(what, { timeout: timeoutMs, interval: 20 }).toBe(true)
}

/** The TransportError that a promise must be rejected with. */
export async function failure(promise: Promise<unknown>): Promise<TransportError> {
  const outcome = await promise.then(
    (value) => value,
    (error) => error,
  )
  expect(outcome).toBeInstanceOf(TransportError)
  return outcome as TransportError
}

let counter = 0
/** A `sleep` argument that no other process has. */
export function uniqueSeconds(): string {
  return `${20_000 + (process.pid % 10_000)}.${++counter}${Date.now() % 100_000}`
}
