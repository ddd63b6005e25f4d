// Reads what is written, keeps the last good text of every file, and says when something is different from before.
import type { DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import { canonicalJson } from '../plan/canonical.ts'
import type { Source } from '../source/source.ts'
import type { Store } from '../store/store.ts'

/** Texts to desired state, with the last good texts standing in for broken ones; `src/spec`. */
export type ReadTexts = (
  texts: Record<string, string>,
  lastGood: Record<string, string>,
  unreadable: readonly Issue[],
) => { desired: DesiredState; lastGood: Record<string, string> }

export class DesiredReader {
  readonly #tools: { source: Source; store: Store; read: ReadTexts }
  #lastGood: Record<string, string> = {}
  #revision: string | undefined

  constructor(tools: { source: Source; store: Store; read: ReadTexts }) {
    this.#tools = tools
  }

  /** Takes up the last good texts that were stored; called once, before the first read. */
  async load(): Promise<void> {
    const documents = await this.#tools.store.documents()
    this.#lastGood = Object.fromEntries(documents.map(({ path, text }) => [path, text]))
  }

  /** The desired state with the problems of its directory; undefined when nothing has changed since the last call. */
  async read(): Promise<{ state: DesiredState; issues: Issue[] } | undefined> {
    const snapshot = await this.#tools.source.current()
    const revision = canonicalJson([snapshot.revision, snapshot.problems])
    if (revision === this.#revision) return undefined
    const { desired, lastGood } = this.#tools.read(snapshot.files, this.#lastGood, snapshot.problems)
    await this.#keep(lastGood)
    this.#revision = revision
    return { state: desired, issues: desired.issues }
  }

  async #keep(lastGood: Record<string, string>): Promise<void> {
    const changed = Object.entries(lastGood).filter(([path, text]) => this.#lastGood[path] !== text)
    const gone = Object.keys(this.#lastGood).filter((path) => !Object.hasOwn(lastGood, path))
    if (changed.length > 0 || gone.length > 0) {
      const documents = changed.map(([path, text]) => ({ path, text }))
      await this.#tools.store.write({ documents, forgetDocuments: gone })
    }
    this.#lastGood = lastGood
  }
}
