// A controller in this process until everything has come to rest, and what is said of that.
import { InvalidArgumentError } from 'commander'
import { duration, durationMs } from '../catalog/scalars.ts'
import type { Composition, RunningController, StartOptions } from './composition.ts'
import { exitCodes } from './exit.ts'
import { isAtRest, outcomeOf } from './progress.ts'

/** Runs and stops a controller. Rejects with `StoreError` when the store cannot be had. */
export async function once(options: StartOptions, composition: Composition, timeoutMs: number): Promise<void> {
  const running = await composition.startController(options)
  try {
    await untilRest(running, composition, { isOnce: true, timeoutMs })
    sayOutcome(running, composition, timeoutMs)
  } finally {
    await running.stop()
  }
}

/** Resolves with true when everything wanted is healthy; once, also when nothing moves any more, or time is up. */
export async function untilRest(
  running: RunningController,
  { nowMs, wait, stop }: Composition,
  { isOnce, timeoutMs }: { isOnce: boolean; timeoutMs: number },
): Promise<boolean> {
  const deadlineMs = isOnce ? nowMs() + timeoutMs : Number.POSITIVE_INFINITY
  while (!stop.aborted && nowMs() < deadlineMs) {
    const outcome = outcomeOf(running)
    if (outcome === 'healthy') return true
    if (isOnce && outcome !== 'moving' && isAtRest(running)) return false
    await wait(POLL_MS, stop)
  }
  return false
}

/** Reads what is in memory: cheap, and no event can be missed. */
const POLL_MS = 100

/** Says how it ended, and sets the exit code. */
export function sayOutcome(running: RunningController, { terminal, exit }: Composition, timeoutMs: number): void {
  const outcome = outcomeOf(running)
  if (outcome === 'healthy') terminal.err('homeostat: everything is healthy\n')
  else if (outcome === 'moving') terminal.err(`homeostat: not everything came to rest within ${timeoutMs / 1000} s\n`)
  else terminal.err(`homeostat: not everything is healthy: see \`homeostat get components\`\n`)
  if (outcome !== 'healthy') exit(outcome === 'rolledBack' ? exitCodes.rolledBack : exitCodes.problems)
}

export function toMs(text: string): number {
  const isDuration = duration({ min: '1ms' }).safeParse(text).success
  if (!isDuration) throw new InvalidArgumentError('a duration is a whole number and ms, s, m, h or d: 30s')
  return durationMs(text)
}
