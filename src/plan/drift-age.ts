// How long a difference had been on a host when it was seen: what tells how quickly drift is found.
import type { Diff } from '../model/diff.ts'
import type { HostObservation } from '../model/observation.ts'

/**
 * Milliseconds from the last change that a difference names to the observation, both by the host's clock. Undefined where the host
 * keeps no time of it: a file that is gone, a package.
 */
export function driftAgeMs(diff: Diff, seen: HostObservation): number | undefined {
  const changedAtMs = diff.changes.flatMap(({ resource }) => changeTime(resource, seen))
  return changedAtMs.length === 0 ? undefined : Math.max(0, seen.hostTimeMs - Math.max(...changedAtMs))
}

function changeTime(resource: string, { files, units }: HostObservation): number[] {
  const name = resource.slice(resource.indexOf(':') + 1)
  const file = resource.startsWith('file:') ? files[name] : undefined
  if (file?.state === 'file') return [file.changedAtMs]
  const unit = resource.startsWith('unit:') ? units[name] : undefined
  return unit === undefined || unit.stateChangedAtMs === 0 ? [] : [unit.stateChangedAtMs]
}
