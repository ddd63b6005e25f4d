// How a controller opens its store: a damaged one is set aside and an empty one takes its place, because what matters is on the
// hosts as well and is learnt from them again.
import { type OpenOptions, openSqliteStore, quarantineStore } from './sqlite.ts'
import { type ListingStore, StoreError } from './store.ts'

export interface OpenedStore {
  store: ListingStore
  /** What was wrong with the store that was there, and where its files are now; absent when all was well. */
  replaced?: { damage: StoreError; files: string[] }
}

/** Throws `StoreError` as `openSqliteStore` does, but for `damaged`. Nothing is ever deleted. */
export async function openOrReplaceStore(path: string, options: Omit<OpenOptions, 'mode'>): Promise<OpenedStore> {
  const open = () => openSqliteStore(path, { ...options, mode: 'writer' })
  try {
    return { store: await open() }
  } catch (damage) {
    if (!(damage instanceof StoreError) || damage.kind !== 'damaged') throw damage
    const files = quarantineStore(path, options.nowMs)
    return { store: await open(), replaced: { damage, files } }
  }
}
