// When much would go at once, a person is asked, and what was asked about waits for its own answer.
import { type ComponentKey, splitKey } from '../model/key.ts'
import { canonicalJson, sha256 } from '../plan/canonical.ts'
import type { Blocker } from '../plan/decide.ts'
import type { Desire } from './desire.ts'
import type { Removals } from './removals.ts'
import type { Statuses } from './statuses.ts'

/** Components that may be removed from the desired state at once without a confirmation (DESIGN §5). */
const UNASKED = 3
/** Of all components; a single one may always go. */
const UNASKED_SHARE = 0.2
/** Shown in a message; `homeostat get components` shows all. */
const NAMES_SHOWN = 10
const DIGEST_LENGTH = 12

export interface Unconfirmed {
  /** Components that wait to be removed until a person says so, sorted. */
  components: string[]
  /** Stands for exactly these. */
  digest: string
  /** All components that are written, known, or were lately removed. */
  all: number
  /** Of those, how many were removed lately. */
  lately: number
}

/** What keeps an unwritten component's key from being removed because too much would go with it. */
export function massRemoval(key: ComponentKey, desire: Desire, statuses: Statuses, removals: Removals): Blocker[] {
  if (removals.isConfirmed(statuses.get(key))) return []
  const unconfirmed = unconfirmedRemovals(desire, statuses, removals)
  if (!unconfirmed.components.includes(splitKey(key).component)) return []
  return [{ reason: 'RemovalNotConfirmed', message: question(unconfirmed) }]
}

/** What a person is to be asked about now. */
export function unconfirmedRemovals(desire: Desire, statuses: Statuses, removals: Removals): Unconfirmed {
  const { written, leaving } = census(desire, statuses)
  const lately = removals.lately().filter((name) => !written.has(name) && !leaving.has(name)).length
  const all = written.size + leaving.size + lately
  const count = leaving.size + lately
  const isMuch = count > 1 && (count > UNASKED || count > all * UNASKED_SHARE)
  const isWaiting = (key: ComponentKey) => {
    const status = statuses.get(key)
    return !removals.isConfirmed(status) && (isMuch || status.removal?.askedAtMs !== undefined)
  }
  const components = [...leaving].flatMap(([name, keys]) => (keys.some(isWaiting) ? [name] : [])).sort()
  return { components, digest: sha256(canonicalJson(components)).slice(0, DIGEST_LENGTH), all, lately }
}

interface Census {
  /** Names of the components that are written. */
  written: Set<string>
  /** Known keys of the others, on hosts that we are to look after. */
  leaving: Map<string, ComponentKey[]>
}

/** Thousands of keys may ask one after the other; they are counted once. */
const counted = new WeakMap<Desire, { census: Census; statuses: Statuses; version: number }>()

function census(desire: Desire, statuses: Statuses): Census {
  const known = counted.get(desire)
  if (known?.statuses === statuses && known.version === statuses.keysVersion) return known.census
  const written = new Set([...desire.wishes.keys()].map((key) => splitKey(key).component))
  const keys = statuses.keys().filter((key) => {
    const { component, host } = splitKey(key)
    return !written.has(component) && desire.hosts[host] !== undefined
  })
  const taken = { written, leaving: Map.groupBy(keys, (key) => splitKey(key).component) }
  counted.set(desire, { census: taken, statuses, version: statuses.keysVersion })
  return taken
}

function question({ components, digest, all, lately }: Unconfirmed): string {
  const shown = components.slice(0, NAMES_SHOWN).join(', ')
  const names = components.length > NAMES_SHOWN ? `${shown} and ${components.length - NAMES_SHOWN} more` : shown
  const after = lately === 0 ? '' : `, after ${lately} in the last 10 minutes`
  return (
    `${components.length} of ${all} components would be removed${after} (${names}). Confirm one with: ` +
    'homeostat reconcile --confirm-removal COMPONENT, or exactly these with: ' +
    `homeostat reconcile --confirm-removal --all ${digest}`
  )
}
