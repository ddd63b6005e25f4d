// Waiting for something that gives no event: looks again and again, with a deadline.
import { setTimeout as sleep } from 'node:timers/promises'

/** Looks every 20 ms; returns whether it came true in time. */
export async function waitUntil(timeoutMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) return false
    await sleep(20)
  }
  return true
}
