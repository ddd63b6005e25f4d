// What scripts/kept.sh says of a kept generation → facts. Pure.
import type { KeptGeneration } from '../../model/observation.ts'
import type { Revision } from '../../model/target.ts'
import { AnswerError, expectSections, linesOf, splitSections, wholeNumber } from './frames.ts'
import { printableLine } from './printable.ts'

const FILE = /^file ([0-9a-f]{64}) [0-7]{3,5} \S+ \S+ (\/.+)$/

/** Undefined where the host keeps nothing of that revision. A line that cannot be read is an `AnswerError`. */
export function parseInspected(output: string, revision: Revision, mark: string): KeptGeneration | undefined {
  const sections = splitSections(output, mark)
  if (sections.length === 0) return undefined
  const [, number] = /^generation (\d{1,15})$/.exec(sections[0]?.name ?? '') ?? []
  if (number === undefined) throw new AnswerError(`odd kept generation ${printableLine(sections[0]?.name ?? '')}`)
  const { checked } = expectSections(sections.slice(1), ['checked'])
  const right = new Set(linesOf(checked.trimEnd().concat('\n'), 'checks').filter((line) => line.endsWith(': OK')))
  const kept: KeptGeneration = { generation: wholeNumber(number, 'generation'), revision, files: {}, damaged: [] }
  for (const line of (sections[0]?.body ?? '').split('\n').filter((each) => each !== '')) {
    const [, digest = '', path = ''] = FILE.exec(line) ?? []
    if (path === '') throw new AnswerError(`odd line of a manifest: ${printableLine(line)}`)
    if (right.has(`files/${digest}: OK`)) kept.files[path] = digest
    else kept.damaged.push(path)
  }
  return kept
}
