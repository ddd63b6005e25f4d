// A secret value that can be held, but not shown by accident: it prints, serializes and inspects as a word of its own.
import { inspect } from 'node:util'

const SHOWN = '[secret]'

export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }

  /** The value. To be called where it leaves for the host, for its digest, and for the redactor; nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [inspect.custom](): string {
    return SHOWN
  }
}
