// The store as one controller's life sees it: its writes may fail, and none returns to the dead.
import { createMemoryStore } from '../../../src/store/memory.ts'
import { type Store, StoreError, type Write } from '../../../src/store/store.ts'
import { coverage } from './coverage.ts'
import { never } from './faults.ts'
import type { Life } from './sim-driver.ts'
import type { SimWorld } from './sim-world.ts'

export function createMortalStore(world: SimWorld, life: Life): Store {
  const { store } = world
  const fails = (rate: 'storeError' | 'storeLost') => {
    const does = world.chance(world.rates[rate])
    if (does) coverage.hit(rate === 'storeError' ? 'write refused' : 'write kept but not acknowledged')
    return does
  }
  const write = async (change: Write) => {
    if (!life.alive()) return never()
    if ((await life.at('write before')) || fails('storeError')) throw new StoreError('io', 'the disk is full')
    if (!life.alive()) return never()
    world.storeWrites += 1
    await store.write(change)
    // Written to a store that is gone by now, it is nothing that anybody has.
    if (world.store === store) world.audit.stored(change)
    if ((await life.at('write after')) || fails('storeLost')) throw new StoreError('lost', 'who knows')
  }
  return { ...store, write }
}

/** Another store with what is in this one now, but for its events. */
export async function copyOfStore(world: SimWorld): Promise<Store> {
  const copy = createMemoryStore()
  const { store, applied } = world
  const [statuses, hosts, documents] = await Promise.all([store.list(), store.hosts(), store.documents()])
  await copy.write({ statuses, hosts, documents, targets: [...applied.values()] })
  return copy
}
