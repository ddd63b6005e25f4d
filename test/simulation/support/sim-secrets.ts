// Secrets of a simulated desired state: they change, are missing, and at times nobody can decrypt them.
import { secretDigest } from '../../../src/secrets/digest-key.ts'
import { PastValues } from '../../../src/secrets/past-values.ts'
import { Secret } from '../../../src/secrets/secret.ts'
import type { SecretReader } from '../../../src/secrets/secret-reader.ts'
import { noSecrets, type Secrets, secretsOf } from '../../../src/secrets/secrets.ts'

const KEY = Buffer.alloc(32, 7)
const FILE = 'secrets.sops.yaml'
const MIN_CHARACTERS = 8

export class SimSecrets {
  readonly #values = new Map<string, string>()
  readonly #missing = new Set<string>()
  /** Every value that there ever was: none may come to light. */
  readonly everyValue = new Set<string>()
  #isLocked = false
  /** Goes up with every change. */
  version = 0
  #reader: SecretReader | undefined

  get names(): string[] {
    return [...this.#values.keys()]
  }

  set(name: string, value: string): void {
    this.#values.set(name, value)
    this.everyValue.add(value)
    this.version += 1
  }

  /** Somebody takes it out of its file, or puts it back. */
  setMissing(name: string, isMissing: boolean): void {
    if (isMissing) this.#missing.add(name)
    else this.#missing.delete(name)
    this.version += 1
  }

  /** There is no identity to decrypt with. */
  setLocked(isLocked: boolean): void {
    this.#isLocked = isLocked
    this.version += 1
  }

  /** All is as it should be. */
  mend(): void {
    this.#missing.clear()
    this.setLocked(false)
  }

  /** For the next controller, which remembers no value that there was before. */
  reader(): SecretReader {
    let current = noSecrets
    const past = new PastValues()
    this.#reader = {
      current: () => current,
      use: (secrets) => {
        current = secrets
      },
      read: async () => this.#read(past),
    }
    return this.#reader
  }

  /** As the controller would now. */
  reveal: Secrets['reveal'] = (text) => (this.#reader?.current() ?? noSecrets).reveal(text)

  #read(past: PastValues): Secrets {
    if (this.#values.size === 0) return noSecrets
    const digest = (name: string, value: string) => secretDigest(KEY, name, value)
    const entries = [...this.#values].flatMap(([name, value]) => {
      if (this.#missing.has(name)) return []
      const place = { line: 1, column: 1 }
      if (this.#isLocked) return [{ name, file: FILE, place, isEncrypted: true }]
      past.add(name, digest(name, value), value)
      return [{ name, file: FILE, place, isEncrypted: true, value: new Secret(value) }]
    })
    const problem = { kind: 'identity' as const, message: 'there is no age identity' }
    return secretsOf([{ path: FILE, entries, ...(this.#isLocked ? { problem } : {}) }], {
      digest,
      minCharacters: MIN_CHARACTERS,
      namesOnly: false,
      past: (name, of) => past.get(name, of),
    })
  }
}
