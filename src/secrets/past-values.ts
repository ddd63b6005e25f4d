// Values that secrets had while this process ran, so that a change of one can be taken back. In memory only.
import { Secret } from './secret.ts'

/** More than anybody rotates between two restarts; the oldest goes first. */
const KEPT = 1_000

export class PastValues {
  readonly #values = new Map<string, Secret>()

  add(name: string, digest: string, value: string): void {
    this.#values.delete(`${name}@${digest}`)
    this.#values.set(`${name}@${digest}`, new Secret(value))
    for (const [oldest] of this.#values) {
      if (this.#values.size <= KEPT) break
      this.#values.delete(oldest)
    }
  }

  get(name: string, digest: string): string | undefined {
    return this.#values.get(`${name}@${digest}`)?.reveal()
  }
}
