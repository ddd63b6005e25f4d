// What the server works with: it reads, asks for passes, and never reaches a host.

import type { Asks } from '../controller/asks.ts'
import type { RemovalAnswer } from '../controller/removal-answers.ts'
import type { Issue } from '../model/issue.ts'
import type { ComponentKey } from '../model/key.ts'
import type { ComponentStatus } from '../model/status.ts'
import type { Store } from '../store/store.ts'
import type { Bus } from '../telemetry/events.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface KnownStatuses {
  /** In any order. */
  keys(): Iterable<ComponentKey>
  has(key: ComponentKey): boolean
  /** Of a key that it has. */
  get(key: ComponentKey): ComponentStatus | undefined
}

export interface ServerTools {
  /** Open it with `onBadRow`, so that one bad row does not hide the good ones. */
  store: Pick<Store, 'hosts' | 'events'>
  /** What is known of components, in memory: a list of ten thousand is asked for again and again. */
  statuses: KnownStatuses
  metrics: Pick<Metrics, 'text' | 'contentType'>
  bus: Pick<Bus, 'subscribe'>
  /** What people ask for of a component, on all its hosts or on one: nothing is done where there is no such component. */
  asks: Pick<Asks, 'reconcile' | 'rollBack' | 'unquarantine'>
  /** A person says that what is no longer written may really be removed. Returns the keys, or why nothing is to be confirmed. */
  confirmRemoval(answer: RemovalAnswer): { keys: ComponentKey[] } | { problem: string }
  /** A person says that changes may go on although most hosts went wrong at once. Returns whether they had been stopped. */
  unfreeze(): boolean
  /** Problems in the desired state as it was last read. */
  issues(): Issue[]
  /** Whether the store is loaded, the desired state was read, and passes run. */
  isReady(): boolean
  /** Hears of what went wrong while answering; the client is only told that something did. */
  onProblem(error: unknown, doing: string): void
}
