// What to watch on a host: the files and units of everything that shall run there, or did well there.
import type { Watched } from '../driver/driver.ts'
import { splitKey } from '../model/key.ts'
import type { Target } from '../model/target.ts'
import type { Statuses } from './statuses.ts'

/** Undefined where nothing of ours runs. */
export function watchedOn(host: string, statuses: Statuses): Watched | undefined {
  const components = statuses.onHost(host).flatMap((status): [string, Watched['components'][string]][] => {
    const targets = 'disabled' in (status.lifecycle.value as object) ? [] : statuses.cachedTargets(status)
    return targets.length === 0 ? [] : [[splitKey(status.key).component, placesOf(targets)]]
  })
  return components.length === 0 ? undefined : { components: Object.fromEntries(components) }
}

function placesOf(targets: Target[]): Watched['components'][string] {
  const resources = targets.flatMap((target) => target.resources)
  const paths = resources.flatMap((resource) => (resource.kind === 'file' ? [resource.path] : []))
  const units = resources.flatMap((resource) => (resource.kind === 'unit' ? [resource.name] : []))
  return { paths: [...new Set(paths)].sort(), units: [...new Set(units)].sort() }
}
