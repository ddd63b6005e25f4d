// Who goes first where several could: whoever most time lies behind, until the last of those that wait for it is proven.
import { type ComponentKey, componentKey } from '../model/key.ts'
import type { Dependency } from '../model/policy.ts'

/** A component on one of its hosts. */
export interface Place {
  name: string
  host: string
  /** The same on all hosts of a component. */
  dependsOn: readonly Dependency[]
  /** Without which its proof cannot pass. Two may need each other. */
  needs: readonly ComponentKey[]
  /** How long its proof takes after a change even when all is well, in milliseconds. */
  provenAfterMs: number
}

/** What a change and the first look at it take, roughly: enough to tell long lines from short ones. */
const STEP_MS = 2_000

/** The places, those first behind which most time lies, then those whose own proof takes long; else in the order given. A circle counts once. */
export function byUrgency<P extends Place>(places: readonly P[]): P[] {
  const hosts = new Map([...Map.groupBy(places, ({ name }) => name)].map(([name, own]) => [name, byHost(own)]))
  const dependents = dependentsOf(hosts)
  const proofs = proofsOf(places)
  const known = new Map<P, number>()
  const longest = new Map<string, number>()
  const lengthOf = (place: P): number => {
    const before = known.get(place)
    if (before !== undefined) return before
    known.set(place, 0)
    const behind = (dependents.get(place.name) ?? []).map(({ name, sameHost }) => {
      if (!sameHost) return longestOf(name)
      const here = hosts.get(name)?.get(place.host)
      return here === undefined ? 0 : lengthOf(here)
    })
    const proof = proofs.get(componentKey(place.name, place.host)) ?? 0
    const length = STEP_MS + place.provenAfterMs + Math.max(proof, ...behind)
    known.set(place, length)
    return length
  }
  const longestOf = (name: string): number => {
    const before = longest.get(name)
    if (before !== undefined) return before
    longest.set(name, 0)
    const length = [...(hosts.get(name)?.values() ?? [])].reduce((most, place) => Math.max(most, lengthOf(place)), 0)
    longest.set(name, length)
    return length
  }
  return [...places].sort((a, b) => lengthOf(b) - lengthOf(a) || b.provenAfterMs - a.provenAfterMs)
}

/** How long the longest proof takes that cannot pass without the place. */
function proofsOf(places: readonly Place[]): Map<ComponentKey, number> {
  const found = new Map<ComponentKey, number>()
  for (const { needs, provenAfterMs } of places)
    for (const key of needs) found.set(key, Math.max(found.get(key) ?? 0, STEP_MS + provenAfterMs))
  return found
}

function byHost<P extends Place>(places: readonly P[]): Map<string, P> {
  return new Map(places.map((place) => [place.host, place]))
}

/** Component → those that wait for it. */
function dependentsOf(hosts: Map<string, Map<string, Place>>): Map<string, { name: string; sameHost: boolean }[]> {
  const found = new Map<string, { name: string; sameHost: boolean }[]>()
  for (const [name, places] of hosts) {
    const [any] = places.values()
    for (const { component, sameHost = false } of any?.dependsOn ?? [])
      found.set(component, [...(found.get(component) ?? []), { name, sameHost }])
  }
  return found
}
