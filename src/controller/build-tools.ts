// Puts together what a pass works with.
import { stateName, topState } from '../../machines/advance.ts'
import type { Diff } from '../model/diff.ts'
import type { ComponentKey } from '../model/key.ts'
import { digestOfDiff } from '../plan/receipt.ts'
import type { SecretReader } from '../secrets/secret-reader.ts'
import { noSecrets } from '../secrets/secrets.ts'
import { removalBlockers } from './blockers.ts'
import type { Clock } from './clock.ts'
import { deployBlockers, isHeldBack, isWell } from './dependencies.ts'
import { type Desire, placeIn } from './desire.ts'
import type { Fleet } from './fleet.ts'
import { type Freeze, isBroken } from './freeze.ts'
import { Gates } from './gates.ts'
import { HostLock } from './host-lock.ts'
import type { Removals } from './removals.ts'
import { mattersToRollout, Rollouts } from './rollouts.ts'
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
  freeze: Freeze
  secrets?: Pick<SecretReader, 'current'>
  again(key: ComponentKey): void
  isHinted(key: ComponentKey): boolean
  /** A key came to be healthy, failed or gone; others may wait for that. */
  onChange(status: Status): void
  receipt?: ReadonlyMap<ComponentKey, string>
  /** Hosts changed at once. Default 8 (DESIGN §7). */
  parallelChanges?: number
  stopping: AbortSignal
  signal: AbortSignal
}

export function buildTools(parts: ToolParts): Tools {
  const { clock, fleet, statuses, report, desire, looked, again, isHinted, stopping, signal, removals } = parts
  const { observer, driver, prober, transportFor, hostRow, rememberFence } = fleet
  const baselines: Tools['baselines'] = new Map()
  const kept: Tools['kept'] = new Map()
  const live: Tools['live'] = new Map()
  const rollouts = new Rollouts(desire, statuses)
  const gates = new Gates({ ...parts, rollouts })
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
      kept,
      live,
    },
    hostLock: new HostLock(parts.parallelChanges ?? 8, (key) => placeIn(desire(), key)),
    ...waits(gates, rollouts, parts),
    report: {
      ...report,
      forgotten: (status) => {
        baselines.delete(status.key)
        kept.delete(status.key)
        live.delete(status.key)
        removals.forget(status.key)
        report.forgotten(status)
        parts.onChange(status)
      },
      transition: (before, after, events) => {
        // What is disabled by name was meant, one by one.
        if (!desire().wishes.has(after.key)) removals.heard(events)
        report.transition(before, after, events)
        if (mattersToOthers(before, after)) parts.onChange(after)
        if (!isWell(before) && isWell(after)) for (const key of statuses.lacking(after.key)) again(key)
        if (isBroken(before) !== isBroken(after)) parts.freeze.look()
        if (mattersToRollout(before, after)) for (const key of rollouts.toldOtherwise(after.key)) again(key)
      },
    },
  }
}

/** Why something is not done now. */
function waits(gates: Gates, rollouts: Rollouts, { desire, statuses, removals, receipt }: ToolParts) {
  return {
    deployBlockers: (key: ComponentKey) => {
      const needs = deployBlockers(key, desire(), statuses)
      const wait = needs.length > 0 ? undefined : gates.revision(key)
      return wait === undefined ? needs : [wait]
    },
    isWell: (key: ComponentKey) => isWell(statuses.get(key)),
    gate: (key: ComponentKey) => gates.revision(key),
    standstill: (key: ComponentKey) => gates.standstill(key),
    correctionBlocker: (key: ComponentKey) => gates.correction(key),
    isPlanned: (key: ComponentKey, diff: Diff) => receipt === undefined || receipt.get(key) === digestOfDiff(diff),
    takeTurn: (key: ComponentKey) => rollouts.take(key),
    removalBlockers: (key: ComponentKey) => {
      const wait = gates.removal(key)
      return [...removalBlockers(key, desire(), statuses, removals), ...(wait === undefined ? [] : [wait])]
    },
  }
}

/** Others wait for a component to be healthy, to have failed for good, or to be gone; not for its steps on the way. */
function mattersToOthers(before: Status, after: Status): boolean {
  const [from, to] = [topState(before.lifecycle), topState(after.lifecycle)]
  if (isHeldBack(before) !== isHeldBack(after)) return true
  if (to === 'disabled') return stateName(before.lifecycle) !== stateName(after.lifecycle)
  return from !== to && to !== 'deploying' && to !== 'verifying'
}
