// All files of a desired-state directory to what they say together. Files with problems do no harm: the last good version of
// each stands in, and everything that is wrong is told at once.
import type { ComponentType } from '../catalog/define-type.ts'
import type { ComponentSpec, DesiredState } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import { hostsOf } from './default-hosts.ts'
import { isDocumentFile } from './document-file.ts'
import { FileSet } from './file-set.ts'
import { MAX_TOTAL_LENGTH } from './limits.ts'
import { KnownFiles, type ReadFile } from './read-file.ts'
import { toRecord } from './record.ts'
import { draftIssues } from './reference-issue.ts'
import { selectHosts, type UnitOf } from './references.ts'
import { settle } from './settle.ts'
import type { Unit } from './unit.ts'

/** Texts of files by their path relative to the directory, with `/` between its parts. */
export type Texts = Readonly<Record<string, string>>

export interface Reading {
  desired: DesiredState
  /** To be kept, and passed as `previous` next time. By itself it reads back as the documents that are in effect now. */
  lastGood: Record<string, string>
}

/**
 * Reads a whole directory. `previous` is the `lastGood` of the reading before, `{}` for the first; `unreadable` are the issues
 * of whoever read the files, whose path `.` stands for the directory. What could not be read is never taken for removed.
 * Pure, and throws for nothing that a file can hold.
 */
export function readDesiredState(
  texts: Texts,
  previous: Texts,
  types: Record<string, ComponentType>,
  unreadable: readonly Issue[] = [],
): Reading {
  return desiredStateReader(types)(texts, previous, unreadable)
}

/** `readDesiredState` for one catalog, which reads again only the files that are different from those of the reading before. */
export function desiredStateReader(types: Record<string, ComponentType>): ReadTexts {
  const known = new KnownFiles(types)
  return (texts, previous, unreadable) => {
    known.begin()
    return read(texts, previous, unreadable, known.read)
  }
}

type ReadTexts = (texts: Texts, previous: Texts, unreadable: readonly Issue[]) => Reading

function read(texts: Texts, previous: Texts, unreadable: readonly Issue[], readFile: ReadFile): Reading {
  const tooMuch = excess(texts)
  const hidden = [...unreadable, ...tooMuch, ...nothing(texts, unreadable)]
  const inUse = withStandIns(tooMuch.length > 0 ? {} : texts, previous, hidden)
  const files = new FileSet(inUse, previous, readFile)
  const settled = settle({ now: files.now(), before: () => files.before(), declared: files.declared() })
  const broken = new Set([...standInPaths(texts, inUse, hidden), ...files.broken(), ...settled.broken])
  const besides = draftIssues(files.drafts(), settled.units, files.declared())
  const issues = [...hidden, ...files.issues(), ...besides, ...settled.issues].sort(byPlace)
  return {
    desired: { ...toDesired(settled.units), files: inUse, issues, broken: [...broken].sort() },
    lastGood: files.lastGood(settled.units, broken),
  }
}

function ofDirectory(message: string): Issue {
  return { file: '.', line: 0, column: 0, path: '', message }
}

function nothing(texts: Texts, unreadable: readonly Issue[]): Issue[] {
  const isSaid = unreadable.some(({ file }) => file === '.')
  return isSaid || Object.keys(texts).some(isDocumentFile)
    ? []
    : [ofDirectory('there is no YAML file in the directory')]
}

function excess(texts: Texts): Issue[] {
  const length = Object.values(texts).reduce((sum, text) => sum + text.length, 0)
  const message = `all files together have ${length} characters, expected at most ${MAX_TOTAL_LENGTH}`
  return length > MAX_TOTAL_LENGTH ? [ofDirectory(message)] : []
}

/** Adds the last good text of every file that is missing because it, a folder around it or everything is unreadable. */
function withStandIns(texts: Texts, previous: Texts, hidden: readonly Issue[]): Record<string, string> {
  const isHidden = (path: string) =>
    hidden.some(({ file }) => file === '.' || file === path || path.startsWith(`${file}/`))
  const standIns = Object.entries(previous).filter(([path]) => !Object.hasOwn(texts, path) && isHidden(path))
  return toRecord([...Object.entries(texts), ...standIns])
}

function standInPaths(texts: Texts, inUse: Texts, hidden: readonly Issue[]): string[] {
  return [...hidden.map(({ file }) => file), ...Object.keys(inUse).filter((path) => !Object.hasOwn(texts, path))]
}

function toDesired(units: readonly Unit[]): Omit<DesiredState, 'files' | 'issues' | 'broken'> {
  const hosts = hostsOf(units)
  const components = units.flatMap((unit): ComponentSpec[] =>
    unit.kind === 'Component' ? [toComponent(unit, units, selectHosts(unit, hosts))] : [],
  )
  return {
    hosts: toRecord(hosts.map((host) => [host.name, host])),
    components: toRecord(components.sort(byName).map((component) => [component.name, component])),
    manifest: units.find((unit) => unit.kind === 'Manifest')?.value,
    dashboards: units.flatMap((unit) => (unit.kind === 'Dashboard' ? unit.value : [])).sort(byName),
    alertRules: units.flatMap((unit) => (unit.kind === 'AlertRules' ? unit.value : [])).sort(byName),
  }
}

function toComponent(unit: UnitOf<'Component'>, units: readonly Unit[], hosts: string[]): ComponentSpec {
  const { window: name, ...spec } = unit.value
  const window = units.find((it) => it.kind === 'Window' && it.name === name)
  if (window?.kind !== 'Window') return { ...spec, hosts }
  return { ...spec, hosts, policy: { ...spec.policy, window: window.value } }
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1
}

function byPlace(one: Issue, other: Issue): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.line - other.line || one.column - other.column
}
