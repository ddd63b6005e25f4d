// What a controller is given: its tools, its measures, and whom it tells.
import type { ComponentType } from '../catalog/define-type.ts'
import type { Issue } from '../model/issue.ts'
import type { ComponentKey } from '../model/key.ts'
import type { Event } from '../model/status.ts'
import type { LossLimits } from '../plan/sudden-loss.ts'
import type { Clock } from './clock.ts'
import type { Desire } from './desire.ts'
import type { ReaderTools } from './desired-reader.ts'
import type { Fleet, FleetController } from './fleet.ts'
import type { Report } from './tools.ts'

export interface ControllerOptions extends ReaderTools {
  clock: Clock
  catalog: Record<string, ComponentType>
  /** Everything that reaches hosts. */
  fleet(controller: FleetController): Fleet
  report: Report & ControllerReport
  /** Who this controller is in the hosts' records: of what nobody names, only its own is removed. Absent: nothing is. */
  keeper?: string
  /** Milliseconds between two passes over a quiet host, ± 5 %. */
  resyncMs: number
  /** Passes at once. Default 64. */
  workers?: number
  /** Hosts changed at once. Default 8 (DESIGN §7). */
  parallelChanges?: number
  /** By key, the digest of the only difference that may be put right; absent: whatever differs. */
  receipt?: ReadonlyMap<ComponentKey, string>
  /** When so many hosts go wrong within a minute, nothing is changed. Default: more than half of at least three. */
  lossLimits?: LossLimits | 'off'
}

export interface ControllerReport {
  /** A pass ended; `error` is what it threw. */
  passed(key: ComponentKey, durationMs: number, error?: Error): void
  /** What is written was read anew. */
  desired(desire: Desire, issues: Issue[]): void
  queue(depth: number): void
  /** The wall clock was set, by so many milliseconds. */
  clockSet(byMs: number): void
  /** A host has components that nothing here knows and that another controller put there; they are left alone. */
  strangers(host: string, components: string[]): void
  /** Most hosts went wrong at once and nothing is changed any more, or that is over. */
  frozen(isFrozen: boolean, event: Event): void
  problem(error: Error, doing: string): void
}
