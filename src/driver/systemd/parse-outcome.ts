// The framed answers of the scripts that change or recall something → results. Pure.

import type { OperationResult } from '../../model/observation.ts'
import type { Cause, Operation } from '../../model/operation.ts'
import type { Target } from '../../model/target.ts'
import { revisionOf } from '../../plan/build-target.ts'
import type { Recalled } from '../driver.ts'
import { AnswerError, linesOf, type Section, splitSections, wholeNumber } from './frames.ts'
import { parseResult } from './parse-records.ts'
import { printable, printableLine } from './printable.ts'

/**
 * What an operation came to. Throws `AnswerError` where its id was used before, so that this is never taken for a result of
 * the operation itself.
 */
export function parseOutcome(output: string, operation: Operation, mark: string): OperationResult {
  const [section, ...more] = splitSections(output, mark)
  if (section === undefined || more.length > 0) throw new AnswerError(`odd outcome ${printableLine(output)}`)
  switch (section.name) {
    case 'result':
      return parseResult(operation.id, linesOf(section.body.trimEnd().concat('\n'), 'result'))
    case 'unstaged':
      return unfinished(operation.id, 'refused', 'stage the operation', section)
    case 'ended':
      return unfinished(operation.id, 'failed', 'run to its end', section)
    case 'used':
      throw new AnswerError(
        `refused operation ${operation.id}: this id was used before; observe tells what became of it`,
      )
    default:
      throw new AnswerError(`odd outcome ${printableLine(section.name)}`)
  }
}

/** No result was written, so nothing is known of when. A later try may go well. */
function unfinished(
  operationId: string,
  outcome: 'refused' | 'failed',
  step: string,
  section: Section,
): OperationResult {
  const output = printable(section.body.trim() || 'ended by a signal before it could write a result', 4096)
  return { operationId, outcome, step, output, certain: false, startedAtMs: 0, finishedAtMs: 0 }
}

/** The answer of `confirm`: throws `AnswerError` with the host's reason where it refused. */
export function parseConfirmed(output: string, mark: string): void {
  const [section] = splitSections(output, mark)
  if (section?.name === 'confirmed') return
  throw new AnswerError(`could not be confirmed: ${printable(section?.body.trim() ?? '', 500)}`)
}

/** The answer of `hold-off`: whether the operation still waited for its confirmation. Throws `AnswerError` for anything else. */
export function parseHeldOff(output: string, mark: string): boolean {
  const [section] = splitSections(output, mark)
  if (section?.name === 'held_off') return true
  if (section?.name === 'refused') return false
  throw new AnswerError(`odd answer ${printableLine(output)}`)
}

/** The answer of `mend`: throws `AnswerError` with the host's reason where it refused. */
export function parseMended(output: string, mark: string): { generation: number; owned: number } {
  const [section] = splitSections(output, mark)
  const said = section?.body.trim() ?? ''
  if (section?.name !== 'mended') throw new AnswerError(`the record could not be mended: ${printable(said, 500)}`)
  const [generation = '', owned = ''] = said.split(' ')
  return { generation: wholeNumber(generation, 'generation'), owned: wholeNumber(owned, 'number of things owned') }
}

/** The targets that the host keeps and that can be read, newest first: a damaged one is as good as gone. */
export function parseRecalled(output: string, component: string, mark: string): Recalled[] {
  const sections = splitSections(output, mark)
  const manifests = new Map(sections.map(({ name, body }) => [name, body]))
  return sections
    .flatMap(({ name, body }) => {
      const [, generation] = /^generation (\d{1,15})$/.exec(name) ?? []
      const target = parseTarget(body, component)
      if (generation === undefined || target === undefined) return []
      return [{ generation: Number(generation), target, ...occasionOf(manifests.get(`manifest ${generation}`)) }]
    })
    .sort((a, b) => b.generation - a.generation)
}

const CAUSES: readonly Cause[] = ['spec', 'drift', 'dependency', 'secret', 'rollback', 'manual']

function occasionOf(manifest = ''): Pick<Recalled, 'cause' | 'atMs'> {
  const [, time] = /^time (\d{1,15})$/m.exec(manifest) ?? []
  const [, said] = /^cause (\w+)$/m.exec(manifest) ?? []
  const cause = CAUSES.find((one) => one === said)
  return { ...(time === undefined ? {} : { atMs: Number(time) }), ...(cause === undefined ? {} : { cause }) }
}

function parseTarget(text: string, component: string): Target | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isTarget(value) && value.component === component ? value : undefined
  } catch {
    return undefined
  }
}

function isTarget(value: unknown): value is Target {
  if (typeof value !== 'object' || value === null) return false
  const { component, host, type, revision, resources, probes } = value as Record<string, unknown>
  const texts = [component, host, type, revision]
  return (
    texts.every((text) => typeof text === 'string') &&
    Array.isArray(resources) &&
    Array.isArray(probes) &&
    revision === revisionOf(value as Target)
  )
}
