// Whether a maintenance window is open, and when it opens next.
import { Cron } from 'croner'
import type { Window } from '../model/window.ts'
import type { Blocker } from '../plan/decide.ts'

/** Why it is not now; undefined while the window is open. */
export function outside(window: Window, nowMs: number): Blocker | undefined {
  const { name, cron, durationMs, timeZone } = window
  // Whichever opening after that is the first: if it is past, it has not closed yet.
  const opening = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(
    new Date(nowMs - durationMs),
  )
  if (opening === null)
    return { reason: OUTSIDE, message: `waits for the window ${name}, which does not open any more` }
  const opensAtMs = opening.getTime()
  if (opensAtMs <= nowMs) return undefined
  const message = `waits for the window ${name}, which opens next at ${timeIn(timeZone, opening)}`
  return { reason: OUTSIDE, message, untilMs: opensAtMs }
}

const OUTSIDE = 'OutsideWindow'

/** `2026-11-24 03:00 Europe/Berlin`. */
function timeIn(timeZone: string, time: Date): string {
  // Swedish writes times as ISO 8601 does.
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(time)
  return `${text} ${timeZone}`
}
