// Puts together what a pass works with.
import { stateName, topState } from '../../machines/advance.ts'
import type { ComponentKey } from '../model/key.ts'
import type { SecretReader } from '../secrets/secret-reader.ts'
import { noSecrets } from '../secrets/secrets.ts'
import { removalBlockers } from './blockers.ts'
import type { Clock } from './clock.ts'
import { deployBlockers } from './dependencies.ts'
import type { Desire } from './desire.ts'
import type { Fleet } from './fleet.ts'
import { HostLock } from './host-lock.ts'
import type { Removals } from './removals.ts'
import type { Status, Statuses } from './statuses.ts'
import type { Report, Tools } from './tools.ts'

export interface ToolParts {
  clock: Clock
  fleet: Fleet
  statuses: Statuses
  report: Report
  desire(): Desire
  looked: Tools['looked']
  removals: Removals
  secrets?: Pick<SecretReader, 'current'>
  again(key: ComponentKey): void
  isHinted(key: ComponentKey): boolean
  /** A key came to be healthy, failed or gone; others may wait for that. */
  onChange(status: Status): void
  /** Hosts changed at once. Default 8 (DESIGN §7). */
  parallelChanges?: number
  stopping: AbortSignal
  signal: AbortSignal
}

export function buildTools(parts: ToolParts): Tools {
  const { clock, fleet, statuses, report, desire, looked, again, isHinted, stopping, signal, removals } = parts
  const { observer, driver, prober, transportFor, hostRow, rememberFence } = fleet
  const baselines: Tools['baselines'] = new Map()
  return {
    ...{
      clock,
      statuses,
      removals,
      observer,
      driver,
      prober,
      transportFor,
      hostRow,
      rememberFence,
      desire,
      reveal: (text) => (parts.secrets?.current() ?? noSecrets).reveal(text),
      looked,
      again,
      isHinted,
      stopping,
      signal,
      baselines,
    },
    hostLock: new HostLock(parts.parallelChanges ?? 8),
    deployBlockers: (key) => deployBlockers(key, desire(), statuses),
    removalBlockers: (key) => removalBlockers(key, desire(), statuses, removals),
    report: {
      ...report,
      forgotten: (status) => {
        baselines.delete(status.key)
        removals.forget(status.key)
        report.forgotten(status)
        parts.onChange(status)
      },
      transition: (before, after, events) => {
        // What is disabled by name was meant, one by one.
        if (!desire().wishes.has(after.key)) removals.heard(events)
        report.transition(before, after, events)
        if (mattersToOthers(before, after)) parts.onChange(after)
      },
    },
  }
}

/** Others wait for a component to be healthy, to have failed for good, or to be gone; not for its steps on the way. */
function mattersToOthers(before: Status, after: Status): boolean {
  const [from, to] = [topState(before.lifecycle), topState(after.lifecycle)]
  if (to === 'disabled') return stateName(before.lifecycle) !== stateName(after.lifecycle)
  return from !== to && to !== 'deploying' && to !== 'verifying'
}
