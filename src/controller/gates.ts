// What keeps a host from being changed beside what the component itself needs: most hosts went wrong, a person has said so, it is
// not the time, or not its turn.
import type { ComponentKey } from '../model/key.ts'
import type { Policy } from '../model/policy.ts'
import type { Blocker } from '../plan/decide.ts'
import type { Clock } from './clock.ts'
import type { Desire, Wish } from './desire.ts'
import type { Freeze } from './freeze.ts'
import type { Rollouts } from './rollouts.ts'
import type { Status, Statuses } from './statuses.ts'
import { outside } from './windows.ts'

export interface GateTools {
  clock: Clock
  statuses: Statuses
  desire(): Desire
  freeze: Freeze
  rollouts: Rollouts
}

export class Gates {
  readonly #tools: GateTools

  constructor(tools: GateTools) {
    this.#tools = tools
  }

  /** Why nothing may be changed, not even taken back or removed. */
  standstill(key: ComponentKey): Blocker | undefined {
    const { freeze, statuses, clock } = this.#tools
    return freeze.blocker() ?? suspensionOf(statuses.get(key), this.#policy(key), clock.nowMs())
  }

  /** Why drift is not put right. */
  correction(key: ComponentKey): Blocker | undefined {
    const window = this.#policy(key)?.window
    return this.standstill(key) ?? (window?.corrections === 'inside' ? this.#outside(key) : undefined)
  }

  /** Why a new revision is not begun. What has begun goes on when its window closes. */
  revision(key: ComponentKey): Blocker | undefined {
    const standstill = this.standstill(key)
    if (standstill !== undefined || this.#tools.statuses.get(key).changing) return standstill
    return this.#outside(key) ?? this.#tools.rollouts.blocker(key)
  }

  /** Why what is disabled is not removed. */
  removal(key: ComponentKey): Blocker | undefined {
    return this.standstill(key) ?? this.#outside(key)
  }

  #outside(key: ComponentKey): Blocker | undefined {
    const window = this.#policy(key)?.window
    return window === undefined ? undefined : outside(window, this.#tools.clock.nowMs())
  }

  #policy(key: ComponentKey): Policy | undefined {
    return this.#tools.desire().wishes.get(key)?.policy
  }
}

/** Without a time of its own, a suspension ends by itself after this (DESIGN §7). */
const SUSPENDED_FOR_MS = 24 * 3_600_000

/** Undefined while it is not suspended. */
export function suspensionOf(status: Status, policy: Policy | undefined, nowMs: number): Blocker | undefined {
  const suspend = policy?.suspend
  if (suspend === undefined) return undefined
  const { reason, sinceMs } = status.suspension ?? { reason: suspend.reason, sinceMs: nowMs }
  const beganAtMs = reason === suspend.reason ? sinceMs : nowMs
  const untilMs = suspend.until === undefined ? beganAtMs + SUSPENDED_FOR_MS : Date.parse(suspend.until)
  if (untilMs <= nowMs) return undefined
  const message = `suspended until ${new Date(untilMs).toISOString()}: ${suspend.reason}`
  return { reason: 'Suspended', message, untilMs }
}

/** The status with since when it is suspended, for this reason. */
export function withSuspension({ suspension, ...status }: Status, wish: Wish | undefined, nowMs: number): Status {
  const reason = wish?.policy.suspend?.reason
  if (reason === undefined) return status
  return { ...status, suspension: suspension?.reason === reason ? suspension : { reason, sinceMs: nowMs } }
}
