// Chooses the documents that are in effect: as written now where everything they refer to is there, else as they last were
// good, else not at all. One bad document never changes another.
import type { Issue } from '../model/issue.ts'
import { isToldElsewhere, referenceIssue } from './reference-issue.ts'
import { findReferenceProblems, type ReferenceProblem } from './references.ts'
import { duplicateIssue, type Unit } from './unit.ts'

export interface Settled {
  units: Unit[]
  issues: Issue[]
  /** Files of which a document is not in effect as it is written now, or is in effect though it is not written any more. */
  broken: Set<string>
}

export interface Candidates {
  /** Documents of the files as they are now, and of the last good text of files that are broken. */
  now: readonly Unit[]
  /** By id, the documents that were in effect last; asked for only when one is needed. */
  before(): ReadonlyMap<string, Unit>
  /** Ids that the files were meant to define, good or not. */
  declared: ReadonlySet<string>
}

/** Ends after at most three rounds for every document, each of which takes back at least one. */
export function settle(candidates: Candidates): Settled {
  const choice = new Choice(candidates)
  choice.takeDistinct()
  for (let problems = choice.problems(); problems.length > 0; problems = choice.problems()) {
    const found = problems.map((problem) => ({
      problem,
      written: problem.concerned.filter((id) => choice.isWritten(id)),
    }))
    for (const { problem, written } of found) choice.report(problem, written)
    for (const { problem, written } of found) choice.resolve(problem, written)
  }
  return { units: choice.units(), issues: choice.issues, broken: choice.broken }
}

class Choice {
  readonly issues: Issue[] = []
  readonly broken = new Set<string>()
  readonly #candidates: Candidates
  readonly #chosen = new Map<string, Unit>()
  /** Ids whose chosen document is the one that is written now. */
  readonly #written = new Set<string>()
  /** Ids that are past their last good document. */
  readonly #gone = new Set<string>()

  constructor(candidates: Candidates) {
    this.#candidates = candidates
  }

  units(): Unit[] {
    return [...this.#chosen.values()]
  }

  problems(): ReferenceProblem[] {
    return findReferenceProblems(this.units())
  }

  isWritten(id: string): boolean {
    return this.#written.has(id)
  }

  /** Takes what is written now; of documents with the same name none counts, wherever they stand. */
  takeDistinct(): void {
    for (const [id, same] of Map.groupBy(this.#candidates.now, (unit) => unit.id)) {
      const [first, second] = same
      if (first !== undefined && second === undefined) {
        this.#chosen.set(id, first)
        this.#written.add(id)
        continue
      }
      for (const unit of same) {
        this.issues.push(duplicateIssue(unit, unit === first ? (second ?? unit) : (first ?? unit)))
        this.broken.add(unit.file)
      }
      this.#fallBack(id)
    }
  }

  /** Takes back as little as solves the problem. `written` are those concerned that were as written when it was found. */
  resolve(problem: ReferenceProblem, written: string[]): void {
    for (const id of written) this.#takeBack(id)
    const isSolved = this.units().some((unit) => problem.missing?.solvedBy(unit))
    if (written.length > 0 || isSolved) return
    const solutions = [...this.#candidates.before().values()].filter(
      (unit) => problem.missing?.solvedBy(unit) === true && !this.#gone.has(unit.id) && !this.#chosen.has(unit.id),
    )
    for (const unit of solutions) this.#standIn(unit)
    if (solutions.length === 0) for (const id of problem.concerned) this.#drop(id)
  }

  /** Tells the problem at the first of the documents concerned that are as written. */
  report(problem: ReferenceProblem, written: string[]): void {
    const unit = this.#chosen.get(written[0] ?? '')
    if (unit === undefined || isToldElsewhere(problem, this.#chosen, this.#candidates.declared)) return
    this.issues.push(referenceIssue(unit, problem, this.#candidates.declared))
  }

  #takeBack(id: string): void {
    const unit = this.#chosen.get(id)
    if (unit === undefined || !this.#written.delete(id)) return
    this.broken.add(unit.file)
    this.#fallBack(id)
  }

  #fallBack(id: string): void {
    const unit = this.#candidates.before().get(id)
    if (unit === undefined) this.#drop(id)
    else this.#standIn(unit)
  }

  #standIn(unit: Unit): void {
    this.#chosen.set(unit.id, unit)
    this.broken.add(unit.file)
  }

  #drop(id: string): void {
    this.#chosen.delete(id)
    this.#gone.add(id)
  }
}
