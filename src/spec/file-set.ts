// All files of a directory, each read by itself, with the last good text of those that have problems.
import type { Issue } from '../model/issue.ts'
import { isDocumentFile } from './document-file.ts'
import { lastGoodText } from './last-good.ts'
import type { ReadFile, SpecFile } from './read-file.ts'
import { emptyRecord } from './record.ts'
import type { Unit } from './unit.ts'

type Texts = Readonly<Record<string, string>>

export class FileSet {
  readonly #texts: Texts
  readonly #previous: Texts
  readonly #readFile: ReadFile
  readonly #now = new Map<string, SpecFile>()
  readonly #before = new Map<string, SpecFile>()
  #unitsBefore: Map<string, Unit> | undefined

  /** Reads every document file of `texts`; those of `previous` only when they are needed. */
  constructor(texts: Texts, previous: Texts, readFile: ReadFile) {
    this.#texts = texts
    this.#previous = previous
    this.#readFile = readFile
    for (const path of Object.keys(texts).filter(isDocumentFile).sort())
      this.#now.set(path, readFile(path, texts[path] ?? ''))
  }

  /** Documents of the files as they are; of a file with problems, those of its last good text. */
  now(): Unit[] {
    return [...this.#now.values()].flatMap((file) =>
      file.issues.length > 0 ? (this.#fileBefore(file.path)?.units ?? []) : file.units,
    )
  }

  /** By id, all documents of the last good texts. */
  before(): ReadonlyMap<string, Unit> {
    const paths = Object.keys(this.#previous).filter(isDocumentFile).sort().reverse()
    const units = () => paths.flatMap((path) => this.#fileBefore(path)?.units ?? [])
    this.#unitsBefore ??= new Map(units().map((unit) => [unit.id, unit]))
    return this.#unitsBefore
  }

  /** Documents of files with problems, good for their references only. */
  drafts(): Unit[] {
    return [...this.#now.values()].flatMap((file) => file.drafts)
  }

  /** Ids that the files define or were meant to define. */
  declared(): Set<string> {
    return new Set([...this.#now.values()].flatMap((file) => file.declared))
  }

  issues(): Issue[] {
    return [...this.#now.values()].flatMap((file) => file.issues)
  }

  /** Paths of the files with problems. */
  broken(): string[] {
    return [...this.#now.values()].filter((file) => file.issues.length > 0).map((file) => file.path)
  }

  /** The text to remember of every file, given the documents in effect and the files that are not in use as they are. */
  lastGood(inEffect: readonly Unit[], broken: ReadonlySet<string>): Record<string, string> {
    const lastGood = emptyRecord<string>()
    const byFile = Map.groupBy(inEffect, (unit) => unit.file)
    for (const path of new Set([...Object.keys(this.#texts), ...Object.keys(this.#previous)])) {
      const text = broken.has(path) && isDocumentFile(path) ? this.#toKeep(path, byFile.get(path)) : this.#texts[path]
      if (text !== undefined) lastGood[path] = text
    }
    return lastGood
  }

  #toKeep(path: string, inEffect: readonly Unit[] = []): string | undefined {
    const before = this.#fileBefore(path)
    const files = [this.#now.get(path), before].filter((file) => file !== undefined)
    // A last good text that is good no longer was written for another version of the catalog: it is not ours to throw away.
    return lastGoodText(inEffect, files) ?? (before !== undefined && before.issues.length > 0 ? before.text : undefined)
  }

  #fileBefore(path: string): SpecFile | undefined {
    const text = Object.hasOwn(this.#previous, path) ? this.#previous[path] : undefined
    if (text === undefined) return undefined
    const known = this.#now.get(path)?.text === text ? this.#now.get(path) : this.#before.get(path)
    const file = known ?? this.#readFile(path, text)
    this.#before.set(path, file)
    return file
  }
}
