// What stands for a plan: a digest over all that would be done, and what is another one now where it no longer does.
import type { Change, Diff } from '../model/diff.ts'
import type { ComponentKey } from '../model/key.ts'
import type { HostObservation } from '../model/observation.ts'
import type { Revision } from '../model/target.ts'
import { canonicalJson, sha256 } from './canonical.ts'
import { explainChange } from './explain.ts'

/** What would be done about one component on one host. */
export interface Receipt {
  key: ComponentKey
  /** Absent where it goes. */
  revision?: Revision
  changes: Change[]
  /** By path of what would be changed, when that was changed last by the host's clock; 0: it is not there. */
  live: Record<string, number>
}

/** Of what would be changed, when it was changed last: no digest of a content, which may hold a secret. */
export function liveTimes({ changes }: Diff, seen: HostObservation): Record<string, number> {
  const paths = changes.flatMap(({ resource }) =>
    resource.startsWith('file:') ? [resource.slice('file:'.length)] : [],
  )
  return Object.fromEntries(
    paths.map((path) => {
      const fact = seen.files[path]
      return [path, fact?.state === 'file' ? fact.changedAtMs : 0]
    }),
  )
}

const DIGEST_LENGTH = 12

/** Twelve hexadecimal digits that stand for exactly this. */
export function digestOf(planned: unknown): string {
  return sha256(canonicalJson(planned)).slice(0, DIGEST_LENGTH)
}

/** Stands for what one operation is to change. */
export function digestOfDiff({ changes }: Diff): string {
  return sha256(canonicalJson(changes))
}

/** What is different now from what was planned then, one line for each; empty where nothing is. */
export function whatChanged(then: readonly Receipt[], now: readonly Receipt[]): string[] {
  const [before, after] = [then, now].map((receipts) => new Map(receipts.map((receipt) => [receipt.key, receipt]))) as [
    Map<ComponentKey, Receipt>,
    Map<ComponentKey, Receipt>,
  ]
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort()
  return keys.flatMap((key) => changedAbout(key, before.get(key), after.get(key)))
}

function changedAbout(key: ComponentKey, then: Receipt | undefined, now: Receipt | undefined): string[] {
  if (then === undefined) return [`${key}: nothing was to be done there, and now: ${explained(now?.changes ?? [])}`]
  if (now === undefined) return [`${key}: there is nothing left to be done there`]
  const spec = then.revision === now.revision ? [] : [`${key}: the spec asks for another revision now`]
  const [old, fresh] = [new Set(then.changes.map(canonicalJson)), new Set(now.changes.map(canonicalJson))]
  const over = then.changes.filter((change) => !fresh.has(canonicalJson(change)))
  const added = now.changes.filter((change) => !old.has(canonicalJson(change)))
  const edited = Object.keys(now.live).filter(
    (path) => Object.hasOwn(then.live, path) && then.live[path] !== now.live[path],
  )
  return [
    ...spec,
    ...edited.map((path) => `${key}: ${path} was changed on the host since`),
    ...(over.length === 0 ? [] : [`${key}: no longer: ${explained(over)}`]),
    ...(added.length === 0 ? [] : [`${key}: now: ${explained(added)}`]),
  ]
}

const SHOWN = 5

function explained(changes: readonly Change[]): string {
  const more = changes.length > SHOWN ? `; and ${changes.length - SHOWN} more` : ''
  return `${changes.slice(0, SHOWN).map(explainChange).join('; ')}${more}`
}
