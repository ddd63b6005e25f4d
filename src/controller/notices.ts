// What a person should know of a component whatever its state: that its type is past its time, that a stand-in runs in its place,
// whether its secrets can be had, that it is others who run it.
import type { HostObservation } from '../model/observation.ts'
import type { Notices } from '../plan/conditions.ts'
import type { Wish } from './desire.ts'

/** Debian versions of the lab's stand-ins say so: `3.7.8+standin1`. */
const STAND_IN = '+standin'

export function noticesOf(wish: Wish | undefined, seen: HostObservation): Notices {
  if (wish?.kind === 'held' && wish.reason === 'SecretsNotReady') return { secrets: { problem: wish.message } }
  if (wish?.kind !== 'deploy') return {}
  const standIns = wish.target.resources.flatMap((it) => {
    const version = it.kind === 'package' ? (seen.packages[it.name]?.version ?? '') : ''
    return it.kind === 'package' && version.includes(STAND_IN) ? [`${it.name} ${version}`] : []
  })
  return {
    ...(wish.external ? { external: true } : {}),
    ...(wish.usesSecrets ? { secrets: {} } : {}),
    ...(wish.deprecated === undefined ? {} : { deprecated: wish.deprecated }),
    ...(standIns.length === 0
      ? {}
      : { standIn: `${standIns.join(', ')} on ${seen.host} is a stand-in of the lab, not the real program` }),
  }
}
