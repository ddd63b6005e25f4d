// The store as one controller's life sees it: its writes may fail, and none returns to the dead.
import { type Store, StoreError, type Write } from '../../../src/store/store.ts'
import { never } from './faults.ts'
import type { Life } from './sim-driver.ts'
import type { SimWorld } from './sim-world.ts'

export function createMortalStore(world: SimWorld, life: Life): Store {
  const { store, random } = world
  const chance = (rate: number) => rate > 0 && random() < rate
  const write = async (change: Write) => {
    if (!life.alive()) return never()
    if ((await life.at('write before')) || chance(world.rates.storeError))
      throw new StoreError('io', 'the disk is full')
    world.storeWrites += 1
    await store.write(change)
    world.audit.stored(change)
    if ((await life.at('write after')) || chance(world.rates.storeLost)) throw new StoreError('lost', 'who knows')
  }
  return { ...store, write }
}
