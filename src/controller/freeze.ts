// When most hosts go wrong at once, nothing is changed or taken back until most are well again, or a person says so. Hosts are
// looked at as ever. Since when each is unwell is stored with it, so that the next controller comes to the same answer.
import { topState } from '../../machines/advance.ts'
import { type ComponentKey, splitKey } from '../model/key.ts'
import type { Event } from '../model/status.ts'
import { conditionOf, stateName } from '../model/status-summary.ts'
import { lackedBy } from '../plan/chance.ts'
import type { Blocker } from '../plan/decide.ts'
import { type HostHealth, LOSS_LIMITS, type LossLimits, mostAreUnwell, suddenLoss } from '../plan/sudden-loss.ts'
import type { HostRow, Store } from '../store/store.ts'
import type { Clock } from './clock.ts'
import type { ControllerOptions } from './controller-options.ts'
import { isWell } from './dependencies.ts'
import type { Desire } from './desire.ts'
import type { Fleet } from './fleet.ts'
import type { Status, Statuses } from './statuses.ts'

/** Most hosts have to be well for this long before anything is changed again. */
const WELL_FOR_MS = 60_000

export interface FreezeTools {
  clock: Clock
  store: Store
  statuses: Statuses
  desire(): Desire
  hostRow(host: string): HostRow
  /** Absent: never. */
  limits: LossLimits | undefined
  /** It began or ended. */
  onChange(isFrozen: boolean, event: Event): void
  onProblem(error: Error, doing: string): void
}

export class Freeze {
  readonly #tools: FreezeTools
  #frozen: Blocker | undefined
  /** What went wrong before a person said to go on does not count again. */
  #liftedAtMs = 0
  #cancel: (() => void) | undefined
  /** What is unwell for lack of another component, until it is well again itself: that says nothing of its host. */
  readonly #lacking = new Set<ComponentKey>()

  constructor(tools: FreezeTools) {
    this.#tools = tools
  }

  /** Why nothing may be changed now; undefined when it is not frozen. */
  blocker(): Blocker | undefined {
    return this.#frozen
  }

  /** Something was heard of a host or of what runs there. */
  look(): void {
    const { limits, clock } = this.#tools
    if (limits === undefined) return
    const hosts = this.#hosts()
    if (this.#frozen === undefined) this.#freezeAfter(suddenLoss(hosts, limits), hosts.length)
    else if (mostAreUnwell(hosts, limits)) this.#keepFrozen()
    else this.#cancel ??= clock.setTimer(WELL_FOR_MS, () => this.#thaw('most hosts have been well for a minute'))
  }

  /** A person says that it may go on. Returns whether it was frozen. */
  lift(): boolean {
    const isFrozen = this.#frozen !== undefined
    if (isFrozen) this.#thaw('a person said so', 'manual')
    return isFrozen
  }

  close(): void {
    this.#keepFrozen()
  }

  #keepFrozen(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #freezeAfter(lost: string[], of: number): void {
    if (lost.length === 0) return
    const shown = lost.slice(0, NAMES_SHOWN).join(', ')
    const more = lost.length > NAMES_SHOWN ? ` and ${lost.length - NAMES_SHOWN} more` : ''
    const message =
      `${lost.length} of ${of} hosts ceased to answer or to be healthy within a minute (${shown}${more}), which is more likely one cause ` +
      'than many: nothing is changed or taken back until most have been well for a minute, or somebody says: homeostat reconcile --unfreeze'
    this.#frozen = { reason: FROZEN, message }
    this.#tell({ type: 'Warning', reason: FROZEN, message })
  }

  #thaw(why: string, cause?: 'manual'): void {
    this.#keepFrozen()
    this.#frozen = undefined
    this.#liftedAtMs = this.#tools.clock.nowMs()
    const message = `${why}: what waited goes on`
    this.#tell({ type: 'Normal', reason: THAWED, message, ...(cause === undefined ? {} : { cause }) })
  }

  #tell(what: Omit<Event, 'atMs'>): void {
    const { store, clock, onChange, onProblem } = this.#tools
    const event = { atMs: clock.nowMs(), ...what }
    store.write({ events: [event] }).catch((error) => onProblem(error, 'remembering that the fleet is frozen, or not'))
    onChange(this.#frozen !== undefined, event)
  }

  #hosts(): HostHealth[] {
    const { desire, hostRow, statuses } = this.#tools
    const names = new Set([...desire().wishes.keys()].map((key) => splitKey(key).host))
    return [...names].map((host) => {
      const times = [silentSince(hostRow(host)), ...statuses.onHost(host).map((status) => this.#brokenSince(status))]
      const since = times.filter((atMs) => atMs !== undefined && atMs > this.#liftedAtMs) as number[]
      return since.length === 0 ? { host } : { host, unwellSinceMs: Math.min(...since) }
    })
  }

  /** What is being deployed may fail, and is taken back; this is about what was proven. */
  #brokenSince(status: Status): number | undefined {
    const isUnwell = isBroken(status)
    if (isUnwell && lacksAnother(status, this.#tools)) this.#lacking.add(status.key)
    if (!isUnwell) this.#lacking.delete(status.key)
    return !isUnwell || this.#lacking.has(status.key) ? undefined : conditionOf(status, 'Ready')?.lastTransitionTimeMs
  }
}

/** `again`: whoever waits is looked at again when it begins or ends. */
export function createFreeze(
  { clock, store, lossLimits = LOSS_LIMITS, report }: ControllerOptions,
  known: { readonly desire: Desire; readonly statuses: Statuses },
  { hostRow }: Pick<Fleet, 'hostRow'>,
  again: () => void,
): Freeze {
  return new Freeze({
    clock,
    store,
    hostRow,
    statuses: known.statuses,
    desire: () => known.desire,
    limits: lossLimits === 'off' ? undefined : lossLimits,
    onChange: (isFrozen, event) => {
      report.frozen(isFrozen, event)
      again()
    },
    onProblem: report.problem,
  })
}

const FROZEN = 'FleetFrozen'
const THAWED = 'FleetThawed'
const NAMES_SHOWN = 5

/** A host that never answered did not cease to. */
function silentSince({ machineId, reachable, sinceMs }: HostRow): number | undefined {
  return reachable || machineId === '' ? undefined : sinceMs
}

/** Whether nothing failed but what needs a component that is not well either. */
function lacksAnother(status: Status, { statuses, desire }: Pick<FreezeTools, 'statuses' | 'desire'>): boolean {
  const wish = desire().wishes.get(status.key)
  const targets = [...statuses.cachedTargets(status), ...(wish?.kind === 'deploy' ? [wish.target] : [])]
  const probes = targets.flatMap((target) => target.probes)
  return lackedBy(probes, status.lastProbes, (key) => isWell(statuses.get(key))).length > 0
}

/** Whether it was proven here, and is no longer well. */
export function isBroken({ lifecycle }: Pick<Status, 'lifecycle'>): boolean {
  const { desired, lastGood } = lifecycle.context
  const isUnwell = stateName(lifecycle) === 'healthy.degraded' || topState(lifecycle) === 'failed'
  return isUnwell && desired !== null && desired === lastGood
}
