// What a new reading of the desired state means for one key: whether it wants a pass, and whether others may have waited for it.
import { type ComponentKey, splitKey } from '../model/key.ts'
import { sameValue } from '../plan/same-value.ts'
import type { Desire, Wish } from './desire.ts'

export function hostChanged(host: string, before: Desire, next: Desire): boolean {
  return !sameValue(before.hosts[host], next.hosts[host])
}

/** Whether the key, its host, or what keeps it from being removed is another than before. */
export function isConcerned(key: ComponentKey, before: Desire, next: Desire): boolean {
  const [old, now] = [before.wishes.get(key), next.wishes.get(key)]
  if (now === undefined && !sameValue(before.broken, next.broken)) return true
  return hostChanged(splitKey(key).host, before, next) || !sameWish(old, now)
}

/** Whether those who wait for the key to be there, to be gone, or to need them no longer, are to look again. */
export function mattersToOthers(key: ComponentKey, before: Desire, next: Desire): boolean {
  const [old, now] = [before.wishes.get(key), next.wishes.get(key)]
  return old?.kind !== now?.kind || !sameValue(old?.policy.dependsOn, now?.policy.dependsOn)
}

function sameWish(a: Wish | undefined, b: Wish | undefined): boolean {
  return (
    a?.kind === b?.kind && a?.type === b?.type && revisionOf(a) === revisionOf(b) && sameValue(a?.policy, b?.policy)
  )
}

/** A held wish has none; why it is held is worth a pass too. */
function revisionOf(wish: Wish | undefined): string {
  if (wish?.kind === 'deploy') return wish.target.revision
  return wish?.kind === 'held' ? wish.message : ''
}
