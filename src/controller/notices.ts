// What a person should know of a component whatever its state: that its type is past its time, that a stand-in runs in its place,
// whether its secrets can be had, that it is others who run it.
import type { HostObservation } from '../model/observation.ts'
import type { ProbeResult } from '../model/probe.ts'
import type { Notices } from '../plan/conditions.ts'
import type { Wish } from './desire.ts'

/** Debian versions of the lab's stand-ins say so: `3.7.8+standin1`. */
const STAND_IN = '+standin'

/** What runs on hosts of others is known by its own word alone, as it greets or answers. */
const SAYS_SO = /This is a stand-in for [^,"]+/

export function noticesOf(
  wish: Wish | undefined,
  seen: HostObservation,
  lastProbes: readonly ProbeResult[] = [],
): Notices {
  if (wish?.kind === 'held' && wish.reason === 'SecretsNotReady') return { secrets: { problem: wish.message } }
  if (wish?.kind !== 'deploy') return {}
  const standIns = wish.target.resources.flatMap((it) => {
    const version = it.kind === 'package' ? (seen.packages[it.name]?.version ?? '') : ''
    return it.kind === 'package' && version.includes(STAND_IN) ? [`${it.name} ${version}`] : []
  })
  const said = wish.external ? lastProbes.map(({ message }) => SAYS_SO.exec(message)?.[0]).find(Boolean) : undefined
  return {
    ...(wish.external ? { external: true } : {}),
    ...(said === undefined ? {} : { standIn: `it says: ${said}` }),
    ...(wish.usesSecrets
      ? { secrets: wish.publishedSecrets === undefined ? {} : { published: wish.publishedSecrets } }
      : {}),
    ...(wish.deprecated === undefined ? {} : { deprecated: wish.deprecated }),
    ...(standIns.length === 0
      ? {}
      : { standIn: `${standIns.join(', ')} on ${seen.host} is a stand-in of the lab, not the real program` }),
  }
}
