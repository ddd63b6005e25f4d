// Reads what is written, keeps the last good text of every file, and says when something is different from before.
import type { DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import { canonicalJson } from '../plan/canonical.ts'
import { sameValue } from '../plan/same-value.ts'
import type { SecretReader } from '../secrets/secret-reader.ts'
import { noSecrets, type Secrets } from '../secrets/secrets.ts'
import type { Source, SourceSnapshot } from '../source/source.ts'
import type { Store } from '../store/store.ts'

/** Texts to desired state, with the last good texts standing in for broken ones; `src/spec`. */
export type ReadTexts = (
  texts: Record<string, string>,
  lastGood: Record<string, string>,
  unreadable: readonly Issue[],
) => { desired: DesiredState; lastGood: Record<string, string> }

export interface ReaderTools {
  source: Source
  store: Store
  read: ReadTexts
  /** Default: there are no secrets. */
  secrets?: SecretReader
}

export class DesiredReader {
  readonly #tools: ReaderTools
  #lastGood: Record<string, string> = {}
  #revision: string | undefined
  #secrets = noSecrets
  /** A look at what is being written is followed by the reading of the same. */
  #known: { written: string; lastGood: Record<string, string>; reading: ReturnType<ReadTexts> } | undefined

  constructor(tools: ReaderTools) {
    this.#tools = tools
  }

  /** Takes up the last good texts that were stored; called once, before the first read. */
  async load(): Promise<void> {
    const documents = await this.#tools.store.documents()
    this.#lastGood = Object.fromEntries(documents.map(({ path, text }) => [path, text]))
  }

  /** The desired state with the problems of its directory; undefined when nothing has changed since the last call. */
  async read(): Promise<{ state: DesiredState; issues: Issue[]; secrets: Secrets } | undefined> {
    const { source, secrets } = this.#tools
    const snapshot = await source.current()
    const written = writtenIn(snapshot)
    if (written === this.#revision && !this.mayRecover) return undefined
    const { desired, lastGood } = this.#readTexts(snapshot)
    const before = this.#secrets
    this.#secrets = (await secrets?.read(desired.files)) ?? noSecrets
    if (written === this.#revision && sameValue(before.issues, this.#secrets.issues)) return undefined
    await this.#keep(lastGood)
    this.#revision = written
    return { state: desired, issues: [...desired.issues, ...this.#secrets.issues], secrets: this.#secrets }
  }

  /** What is there at this moment, be it half written, with the secrets as they are known; undefined where the source cannot tell. */
  async preview(): Promise<{ state: DesiredState; secrets: Secrets } | undefined> {
    const snapshot = await this.#tools.source.glimpse?.()
    if (snapshot === undefined) return undefined
    return { state: this.#readTexts(snapshot).desired, secrets: this.#secrets }
  }

  /** The hosts that are described at this moment; none where that cannot be told. */
  async hosts(): Promise<DesiredState['hosts']> {
    const read = await this.preview().catch(() => undefined)
    return read?.state.hosts ?? {}
  }

  #readTexts(snapshot: SourceSnapshot): ReturnType<ReadTexts> {
    const [written, lastGood] = [writtenIn(snapshot), this.#lastGood]
    if (this.#known?.written === written && this.#known.lastGood === lastGood) return this.#known.reading
    const reading = this.#tools.read(snapshot.files, lastGood, snapshot.problems)
    this.#known = { written, lastGood, reading }
    return reading
  }

  /** Whether secrets that cannot be had may be had later although no file changes. */
  get mayRecover(): boolean {
    return this.#secrets.mayRecover
  }

  async #keep(lastGood: Record<string, string>): Promise<void> {
    const changed = Object.entries(lastGood).filter(([path, text]) => this.#lastGood[path] !== text)
    const gone = Object.keys(this.#lastGood).filter((path) => !Object.hasOwn(lastGood, path))
    if (changed.length > 0 || gone.length > 0) {
      const documents = changed.map(([path, text]) => ({ path, text }))
      // What follows from it is written before anything is done, and takes it along.
      await this.#tools.store.write({ documents, forgetDocuments: gone, mayWait: true })
    }
    this.#lastGood = lastGood
  }
}

function writtenIn({ revision, problems }: SourceSnapshot): string {
  return canonicalJson([revision, problems])
}
