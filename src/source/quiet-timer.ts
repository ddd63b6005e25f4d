// Debouncing: runs something once things have been quiet, or after the longest wait, whichever is first.
import type { Patience } from './settled-reading.ts'

export interface QuietTimer {
  /** Something happened: wait for quiet from now on. True for the first time since it last ran. */
  touch(): boolean
  cancel(): void
}

/** Calls `run` when `quietMs` have gone by since the last touch, or `maxWaitMs` since the first one. */
export function quietTimer(
  { quietMs, maxWaitMs }: Pick<Patience, 'quietMs' | 'maxWaitMs'>,
  run: () => void,
): QuietTimer {
  let timer: NodeJS.Timeout | undefined
  let firstAtMs: number | undefined
  const cancel = () => {
    clearTimeout(timer)
    firstAtMs = undefined
  }
  const touch = () => {
    clearTimeout(timer)
    const nowMs = performance.now()
    const isFirst = firstAtMs === undefined
    firstAtMs ??= nowMs
    const fire = () => {
      cancel()
      run()
    }
    timer = setTimeout(fire, Math.max(0, Math.min(quietMs, firstAtMs + maxWaitMs - nowMs)))
    return isFirst
  }
  return { touch, cancel }
}
