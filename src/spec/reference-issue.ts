// Tells the problems that documents have with one another, each once and where it can be put right.
import type { Issue } from '../model/issue.ts'
import { formatPath } from './field-path.ts'
import { findReferenceProblems, type ReferenceProblem } from './references.ts'
import { nearest } from './suggest.ts'
import type { Unit } from './unit.ts'

/** The issue at the field of this document that makes the reference; `declared` are the ids that it may have meant. */
export function referenceIssue(unit: Unit, problem: ReferenceProblem, declared: ReadonlySet<string>): Issue {
  const path = problem.places.get(unit.id) ?? []
  const issue = { file: unit.file, ...unit.document.locate(path), path: formatPath(path), message: problem.message }
  const suggestion = meant(unit, problem.missing, declared)
  return suggestion === undefined ? issue : { ...issue, suggestion }
}

function meant(unit: Unit, missing: ReferenceProblem['missing'], declared: ReadonlySet<string>): string | undefined {
  const [kind = '', name] = missing?.id?.split('/') ?? []
  if (name === undefined) return undefined
  const ids = [...declared].filter((id) => id !== unit.id && id.startsWith(`${kind}/`))
  const others = [...(missing?.known ?? [])].filter((known) => unit.id !== `${kind}/${known}`)
  return nearest(name, [...new Set([...ids.map((id) => id.slice(kind.length + 1)), ...others])])
}

/** What is missing because its own file has a problem is told there. */
export function isToldElsewhere(
  { missing }: ReferenceProblem,
  present: ReadonlyMap<string, unknown>,
  declared: ReadonlySet<string>,
): boolean {
  return missing !== undefined && [...declared].some((id) => !present.has(id) && missing.mayBe(id))
}

/** Of documents that cannot be used because of other problems: what is wrong with their references besides. */
export function draftIssues(
  drafts: readonly Unit[],
  inEffect: readonly Unit[],
  declared: ReadonlySet<string>,
): Issue[] {
  const byId = new Map([...inEffect, ...drafts].map((unit) => [unit.id, unit]))
  const draftIds = new Set(drafts.map((unit) => unit.id))
  return findReferenceProblems([...byId.values()]).flatMap((problem) => {
    const unit = byId.get(problem.concerned.find((id) => draftIds.has(id)) ?? '')
    return unit === undefined || isToldElsewhere(problem, byId, declared)
      ? []
      : [referenceIssue(unit, problem, declared)]
  })
}
