// One channel per host that tells of changes as they happen. It only asks for passes; what it misses is found by the next resync.
import type { Driver, WatchEvent, Watched } from '../driver/driver.ts'
import type { HostSpec } from '../model/host.ts'
import { retryBackoffMs } from '../plan/backoff.ts'
import { sameValue } from '../plan/same-value.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'

export interface WatchTools {
  clock: Clock
  driver: Pick<Driver, 'watch'>
  transportFor(host: HostSpec): Transport
  /** What matters on a host as of now; undefined: nothing, or not the time to watch. */
  watchedOn(host: string): Watched | undefined
  /** The host told of a change of these components, or of any of them. */
  onChange(host: string, components: string[] | undefined): void
  /** For a while nobody would have told of a change of the host. */
  onGap(host: string): void
  onProblem(error: Error, doing: string): void
}

interface Channel {
  watched: Watched
  abort: AbortController
}

interface Slot {
  channel: Channel | undefined
  failures: number
  retryAtMs: number
  /** Cancels the change of channel that is planned. */
  cancel: (() => void) | undefined
}

/** While components are deployed, what is watched changes every few seconds; the channel is made anew when that has settled. */
const SETTLE_MS = 1_000

export class Watches {
  readonly #tools: WatchTools
  readonly #slots = new Map<string, Slot>()
  #isClosed = false

  constructor(tools: WatchTools) {
    this.#tools = tools
  }

  /** Sees to it that an answering host is watched, for what matters there now. To be called after each observation; returns at once. */
  keep(host: HostSpec): void {
    if (this.#isClosed) return
    const slot = this.#slot(host.name)
    const watched = this.#tools.watchedOn(host.name)
    if (sameValue(slot.channel?.watched, watched)) {
      slot.cancel?.()
      slot.cancel = undefined
      return
    }
    if (this.#tools.clock.nowMs() < slot.retryAtMs) return
    slot.cancel ??= this.#tools.clock.setTimer(SETTLE_MS, () => {
      slot.cancel = undefined
      this.#open(host, slot)
    })
  }

  /** Lets go of a host that nobody names any more. */
  drop(host: string): void {
    const slot = this.#slots.get(host)
    this.#slots.delete(host)
    slot?.cancel?.()
    slot?.channel?.abort.abort()
  }

  close(): void {
    this.#isClosed = true
    for (const host of [...this.#slots.keys()]) this.drop(host)
  }

  #open(host: HostSpec, slot: Slot): void {
    const { driver, transportFor, watchedOn } = this.#tools
    slot.channel?.abort.abort()
    slot.channel = undefined
    const watched = watchedOn(host.name)
    if (watched === undefined) return
    const channel: Channel = { watched, abort: new AbortController() }
    slot.channel = channel
    const onEvent = (event: WatchEvent) => {
      if (slot.channel === channel) this.#tell(host.name, slot, event)
    }
    driver.watch(transportFor(host), host.name, watched, { onEvent, signal: channel.abort.signal }).then(
      () => this.#ended(host.name, slot, channel),
      (error: Error) => this.#ended(host.name, slot, channel, error),
    )
  }

  #tell(host: string, slot: Slot, event: WatchEvent): void {
    switch (event.kind) {
      case 'ready':
        slot.failures = 0
        this.#tools.onGap(host)
        break
      case 'changed':
        this.#tools.onChange(host, event.components)
        break
      case 'unwatched':
        this.#tools.onProblem(
          new Error(event.message),
          `watching files on ${host}; they are looked at with every resync`,
        )
    }
  }

  /** A host that is lost is found lost, or well, by a pass; the pass that sees it again opens the next channel. */
  #ended(host: string, slot: Slot, channel: Channel, error?: Error): void {
    if (slot.channel !== channel) return
    slot.channel = undefined
    if (error !== undefined) {
      const { clock } = this.#tools
      slot.retryAtMs = clock.nowMs() + retryBackoffMs(slot.failures, clock.random())
      slot.failures += 1
      if (error.name === 'DriverError') this.#tools.onProblem(error, `watching ${host}; it is tried again`)
    }
    this.#tools.onGap(host)
  }

  #slot(host: string): Slot {
    let slot = this.#slots.get(host)
    if (slot === undefined) {
      slot = { channel: undefined, failures: 0, retryAtMs: 0, cancel: undefined }
      this.#slots.set(host, slot)
    }
    return slot
  }
}
