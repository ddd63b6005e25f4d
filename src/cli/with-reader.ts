// What the reading verbs have in common: the store is opened for reading, closed again, and what it says may be old.
import type { ListingStore } from '../store/store.ts'
import type { Composition } from './composition.ts'

/** Runs the work on the store, opened read only, and closes it whatever happens. */
export async function withReader<T>(composition: Composition, work: (store: ListingStore) => Promise<T>): Promise<T> {
  const store = await composition.openStore('reader')
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Tells a person (not a pipe) that nobody keeps the store up to date at the moment. */
export async function sayWhenOld({ terminal, controller }: Composition, { output }: { output: string }): Promise<void> {
  const isForPeople = terminal.isTty && terminal.errIsTty && (output === 'table' || output === 'wide')
  if (isForPeople && !(await controller.isRunning()))
    terminal.err('\nNo controller is running here: this is what was known when one last was.\n')
}
