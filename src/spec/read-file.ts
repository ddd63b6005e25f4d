// One file of desired state, by itself: used whole or not at all.
import type { ComponentType } from '../catalog/define-type.ts'
import type { Issue } from '../model/issue.ts'
import { MAX_ISSUES_PER_FILE } from './limits.ts'
import { type ReadDocument, readDocument } from './read-document.ts'
import { duplicateIssue, type Unit, unitId } from './unit.ts'
import { readYaml } from './yaml-documents.ts'

export interface SpecFile {
  path: string
  text: string
  /** Empty when there are issues: a file is used whole or not at all. */
  units: Unit[]
  /** With issues, the documents whose references can be checked all the same. */
  drafts: Unit[]
  /** Ids that the file defines or was meant to define, whether good or not. */
  declared: string[]
  issues: Issue[]
}

export type ReadFile = (path: string, text: string) => SpecFile

/** What was read, for as long as it is asked for in every reading or every other. */
export class KnownFiles {
  readonly #types: Record<string, ComponentType>
  #now = new Map<string, SpecFile>()
  #before = new Map<string, SpecFile>()

  constructor(types: Record<string, ComponentType>) {
    this.#types = types
  }

  /** A reading begins: what was asked for neither in the last one nor from here on is forgotten. */
  begin(): void {
    this.#before = this.#now
    this.#now = new Map()
  }

  readonly read: ReadFile = (path, text) => {
    const id = `${path}\n${text}`
    const file = this.#now.get(id) ?? this.#before.get(id) ?? readFile(path, text, this.#types)
    this.#now.set(id, file)
    return file
  }
}

/** Reads one file. Never throws for anything the text can hold. */
export function readFile(path: string, text: string, types: Record<string, ComponentType>): SpecFile {
  const yaml = readYaml(path, text)
  const declared = yaml.documents.flatMap(({ value }) => declaredId(value) ?? [])
  if (yaml.issues.length > 0) return { path, text, units: [], drafts: [], declared, issues: yaml.issues }
  const read = yaml.documents.map((document) => readDocument(path, document, types))
  const issues = [...read.flatMap((it) => it.issues), ...duplicatesWithin(read)].slice(0, MAX_ISSUES_PER_FILE)
  const units = read.flatMap((it) => it.unit ?? [])
  const isGood = issues.length === 0
  return { path, text, units: isGood ? units : [], drafts: isGood ? [] : units, declared, issues }
}

function declaredId(value: unknown): string | undefined {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } | null }
  return typeof kind === 'string' && typeof metadata?.name === 'string' ? unitId(kind, metadata.name) : undefined
}

function duplicatesWithin(read: ReadDocument[]): Issue[] {
  const first = new Map<string, Unit>()
  return read.flatMap(({ unit }) => {
    if (unit === undefined) return []
    const earlier = first.get(unit.id)
    if (earlier === undefined) {
      first.set(unit.id, unit)
      return []
    }
    return [duplicateIssue(unit, earlier)]
  })
}
