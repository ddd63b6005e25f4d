// Times for people: ages as kubectl writes them, and RFC 3339 for programs.

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * A length of time in at most two units, as `HumanDuration` of k8s.io/apimachinery writes it: `45s`, `3m12s`, `5h4m`,
 * `3d2h`, `400d`, `2y10d`. Less than a second is `0s`; a negative one (clocks differ) is `0s` too.
 */
export function duration(ms: number): string {
  const left = Math.max(0, ms)
  if (left < 2 * MINUTE_MS) return `${Math.floor(left / SECOND_MS)}s`
  if (left < 10 * MINUTE_MS) return two(left, MINUTE_MS, 'm', SECOND_MS, 's')
  if (left < 3 * HOUR_MS) return `${Math.floor(left / MINUTE_MS)}m`
  if (left < 8 * HOUR_MS) return two(left, HOUR_MS, 'h', MINUTE_MS, 'm')
  if (left < 2 * DAY_MS) return `${Math.floor(left / HOUR_MS)}h`
  if (left < 8 * DAY_MS) return two(left, DAY_MS, 'd', HOUR_MS, 'h')
  if (left < 2 * 365 * DAY_MS) return `${Math.floor(left / DAY_MS)}d`
  if (left < 8 * 365 * DAY_MS) return two(left, 365 * DAY_MS, 'y', DAY_MS, 'd')
  return `${Math.floor(left / (365 * DAY_MS))}y`
}

/** How long ago; `-` for a time that is not known (0 or undefined). */
export function age(atMs: number | undefined, nowMs: number): string {
  return atMs ? duration(nowMs - atMs) : '-'
}

/** RFC 3339 in UTC; null for a time that is not known (0, null or undefined). */
export function timestamp(atMs: number | null | undefined): string | null {
  return atMs ? new Date(atMs).toISOString() : null
}

function two(ms: number, bigMs: number, big: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % bigMs) / smallMs)
  return `${Math.floor(ms / bigMs)}${big}${rest > 0 ? `${rest}${small}` : ''}`
}
