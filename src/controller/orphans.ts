// Components that a host says are ours and that nothing else knows: deleted from the desired state while the store was lost.
// They get a status, and then go as anything that is deleted goes.
import { type ComponentKey, componentKey, splitKey } from '../model/key.ts'
import type { ComponentRecord, HostObservation } from '../model/observation.ts'
import { HostUnavailable } from './observer.ts'
import { eventOf, record } from './record.ts'
import type { Tools } from './tools.ts'

export interface OrphanOptions {
  /** Who this controller is in the hosts' records; absent: nothing is ever taken for ours. */
  keeper?: string
  report: {
    /** Components of a host that nothing here knows and that somebody else put there: told once, left alone. */
    strangers(host: string, components: string[]): void
    problem(error: Error, doing: string): void
  }
}

export interface OrphanHooks {
  /** Reads what is written once more. */
  refresh(): Promise<void>
  /** They have a status now and want a pass. */
  found(keys: ComponentKey[]): void
}

export class Orphans {
  readonly #tools: Tools
  readonly #options: OrphanOptions
  readonly #hooks: OrphanHooks
  /** By host that was asked, what was found there; nothing where it did not answer. */
  readonly #found = new Map<string, ComponentKey[]>()
  readonly #told = new Map<string, string>()
  /** Hosts that are being asked for their records alone. */
  readonly #asking = new Set<string>()
  #takingOver: Promise<void> | undefined

  constructor(tools: Tools, options: OrphanOptions, hooks: OrphanHooks) {
    this.#tools = tools
    this.#options = options
    this.#hooks = hooks
  }

  /** Whether all hosts have said what they have, those aside that do not answer, and what nobody names is taken over. */
  get isDone(): boolean {
    if (this.#tools.desire().broken.length > 0) return true
    return this.#takingOver === undefined && this.#haveAllTold() && this.#unknown().length === 0
  }

  /** Asks the hosts that no component's pass looks at. */
  survey(): void {
    const { desire, statuses } = this.#tools
    const looked = new Set([...desire().wishes.keys(), ...statuses.keys()].map((key) => splitKey(key).host))
    for (const host of this.#hosts())
      if (!looked.has(host) && !this.#found.has(host) && !this.#asking.has(host)) void this.#ask(host)
  }

  /** What a look at a host showed; undefined: it did not answer. While a file is broken nobody can tell what is unnamed. */
  looked(host: string, seen: HostObservation | undefined): void {
    if (this.#tools.desire().broken.length > 0) return
    this.#found.set(host, seen === undefined ? [] : this.#orphansOn(host, seen))
    // Only together can it be told whether they are many.
    if (this.#haveAllTold() && this.#unknown().length > 0) this.#takingOver ??= this.#takeOver()
  }

  #haveAllTold(): boolean {
    return this.#hosts().every((name) => this.#found.has(name))
  }

  #hosts(): string[] {
    return Object.values(this.#tools.desire().hosts).flatMap(({ name, platform }) =>
      platform === 'debian' ? name : [],
    )
  }

  async #ask(host: string): Promise<void> {
    const { clock, observer, desire } = this.#tools
    const spec = desire().hosts[host]
    if (spec === undefined || this.#tools.stopping.aborted) return
    this.#asking.add(host)
    try {
      this.looked(host, await observer.observe(spec, clock.nowMs()))
    } catch (error) {
      if (!(error instanceof HostUnavailable))
        return this.#options.report.problem(error as Error, `asking ${host} for its records`)
      this.looked(host, undefined)
      if (!this.#tools.stopping.aborted) clock.setTimer(error.retryAtMs - clock.nowMs(), () => void this.#ask(host))
    } finally {
      this.#asking.delete(host)
    }
  }

  #orphansOn(host: string, seen: HostObservation): ComponentKey[] {
    const { keeper } = this.#options
    const unnamed = Object.entries(seen.components).filter(([component]) =>
      this.#isUnknown(componentKey(component, host)),
    )
    const isOurs = (of: string | undefined) => of !== undefined && of === keeper
    this.#tell(
      host,
      unnamed.flatMap(([component, record]) => (isOurs(record.keeper) || !isThere(record) ? [] : component)),
    )
    return unnamed.flatMap(([component, record]) => (isOurs(record.keeper) ? componentKey(component, host) : []))
  }

  #isUnknown(key: ComponentKey): boolean {
    return !this.#tools.desire().wishes.has(key) && !this.#tools.statuses.has(key)
  }

  #unknown(): ComponentKey[] {
    return this.#hosts().flatMap((host) => (this.#found.get(host) ?? []).filter((key) => this.#isUnknown(key)))
  }

  #tell(host: string, components: string[]): void {
    const told = components.sort().join(', ')
    if (told !== '' && told !== this.#told.get(host)) this.#options.report.strangers(host, components)
    this.#told.set(host, told)
  }

  /** All of them before the first one's pass: each pass counts what else would go. */
  async #takeOver(): Promise<void> {
    const { statuses, clock, desire } = this.#tools
    try {
      // Somebody may have written them just now.
      await this.#hooks.refresh()
      const keys = desire().broken.length > 0 || this.#tools.stopping.aborted ? [] : this.#unknown()
      for (const key of keys) {
        const blank = statuses.get(key)
        const event = { type: 'Warning' as const, reason: 'Orphaned', message: FOUND }
        await record(blank, blank, [eventOf(blank, clock.nowMs(), event)], this.#tools)
      }
      this.#hooks.found(keys)
    } catch (error) {
      this.#options.report.problem(error as Error, 'taking over what hosts say is ours')
    } finally {
      this.#takingOver = undefined
    }
  }
}

/** What is removed and may still be taken back will own everything again. */
function isThere({ owned, armed }: ComponentRecord): boolean {
  return owned.length > 0 || armed !== undefined
}

const FOUND =
  'the host says that this controller put it there, and nothing names it any more: it is removed like what is deleted'
