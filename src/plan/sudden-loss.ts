// Whether most hosts went wrong at once: then it is more likely something between here and them, or something that they share,
// than each of them, and changing or taking back anything could only make it worse.

/** Hosts that go wrong within this time of one another count together. */
const TOGETHER_MS = 60_000

export interface HostHealth {
  host: string
  /** When it ceased to answer, or to be healthy with what was proven on it, whichever was first; absent while it is well. */
  unwellSinceMs?: number
}

export interface LossLimits {
  /** More than this share of all hosts, 0 to 1. */
  share: number
  /** With fewer hosts than this, there is no such thing as most of them. */
  atLeast: number
}

/** More than half of at least three hosts. */
export const LOSS_LIMITS: LossLimits = { share: 0.5, atLeast: 3 }

/** Hosts that are unwell and became so within a minute of one another, sorted, where they are most hosts; else none. */
export function suddenLoss(hosts: readonly HostHealth[], limits: LossLimits): string[] {
  const unwell = hosts
    .flatMap(({ host, unwellSinceMs: sinceMs }) => (sinceMs === undefined ? [] : [{ host, sinceMs }]))
    .sort((one, other) => one.sinceMs - other.sinceMs)
  for (const { sinceMs } of unwell) {
    const together = unwell.filter((it) => it.sinceMs >= sinceMs && it.sinceMs - sinceMs <= TOGETHER_MS)
    if (isMost(together.length, hosts.length, limits)) return together.map(({ host }) => host).sort()
  }
  return []
}

/** Whether most hosts are unwell, since whenever. */
export function mostAreUnwell(hosts: readonly HostHealth[], limits: LossLimits): boolean {
  return isMost(hosts.filter(({ unwellSinceMs }) => unwellSinceMs !== undefined).length, hosts.length, limits)
}

function isMost(count: number, of: number, { share, atLeast }: LossLimits): boolean {
  return of >= atLeast && count > of * share
}
