// The event bus inside the process: the controller tells once, whoever listens hears it. A reader that does not keep up
// loses the oldest and is told how many; it never holds up the controller or the other readers.
import type { ComponentKey } from '../model/key.ts'
import type { ComponentStatus, Event } from '../model/status.ts'
import type { HostRow } from '../store/store.ts'

/** What can be told. Always after the store has it: a reader that missed something finds it there. */
export type BusMessage =
  | { kind: 'status'; status: ComponentStatus }
  | { kind: 'forgotten'; key: ComponentKey }
  | { kind: 'event'; event: Event }
  | { kind: 'host'; host: HostRow }

/** Given to a reader in the place of what it lost. */
export interface DroppedMessage {
  kind: 'dropped'
  count: number
}

export interface Subscription extends AsyncIterable<BusMessage | DroppedMessage> {
  /** Ends the iteration, now and for whoever waits in it. */
  close(): void
}

export interface Bus {
  /** Returns at once and never throws, however many listen. */
  emit(message: BusMessage): void
  /** Everything told from now on; at most `limit` messages wait for the reader, default 256. */
  subscribe(options?: { limit?: number }): Subscription
  readonly readerCount: number
}

export function createBus(): Bus {
  const mailboxes = new Set<Mailbox>()
  return {
    emit: (message) => {
      for (const mailbox of mailboxes) mailbox.put(message)
    },
    subscribe: ({ limit = 256 } = {}) => {
      const mailbox = new Mailbox(limit, () => mailboxes.delete(mailbox))
      mailboxes.add(mailbox)
      return mailbox
    },
    get readerCount() {
      return mailboxes.size
    },
  }
}

/** Invariant: at most `limit` messages wait, and `#dropped` counts those that had to go before them. */
class Mailbox implements Subscription {
  readonly #limit: number
  readonly #onClose: () => void
  readonly #waiting: BusMessage[] = []
  #dropped = 0
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(limit: number, onClose: () => void) {
    this.#limit = limit
    this.#onClose = onClose
  }

  put(message: BusMessage): void {
    this.#waiting.push(message)
    if (this.#waiting.length > this.#limit) {
      this.#waiting.shift()
      this.#dropped += 1
    }
    this.#wake?.()
  }

  close(): void {
    this.#isClosed = true
    this.#onClose()
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BusMessage | DroppedMessage> {
    try {
      while (!this.#isClosed) {
        const next = this.#take()
        if (next === undefined) await this.#arrival()
        else yield next
      }
    } finally {
      this.close()
    }
  }

  #take(): BusMessage | DroppedMessage | undefined {
    if (this.#dropped === 0) return this.#waiting.shift()
    const count = this.#dropped
    this.#dropped = 0
    return { kind: 'dropped', count }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}
