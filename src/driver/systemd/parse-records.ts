// What operations left on the host: component records and results → facts. Pure.
import type { ComponentRecord, OperationResult } from '../../model/observation.ts'
import { AnswerError, linesOf, wholeNumber } from './frames.ts'
import { isDigest } from './names.ts'
import { printable, printableLine } from './printable.ts'

const OUTPUT_CHARACTERS = 4096

interface Named {
  name: string
  record: ComponentRecord
}

/** All component records, one after the other, each from `component` to `end`. */
export function parseComponents(body: string): Record<string, ComponentRecord> {
  const records: Record<string, ComponentRecord> = {}
  let open: Named | undefined
  for (const line of linesOf(body, 'component records')) {
    const [word, rest] = wordAndRest(line)
    if (word === 'component' && open === undefined && records[rest] === undefined) {
      open = { name: rest, record: { generation: 0, revision: '', rejected: [], owned: [] } }
    } else if (line === 'end' && open !== undefined) {
      records[open.name] = open.record
      open = undefined
    } else if (open !== undefined) addToRecord(open, word, rest)
    else throw new AnswerError(`odd component record ${printableLine(line)}`)
  }
  if (open !== undefined) throw new AnswerError(`the record of component ${printableLine(open.name)} is incomplete`)
  return records
}

function addToRecord({ name, record }: Named, word: string, rest: string): void {
  if (word === 'generation') record.generation = wholeNumber(rest, 'generation')
  else if (word === 'revision') record.revision = rest === '' ? '' : digest(rest)
  else if (word === 'rejected') record.rejected.push(digest(rest))
  else if (word === 'owned' && rest.includes(':')) record.owned.push(rest)
  else if (word === 'verified') {
    const [generation, revision] = wordAndRest(rest)
    record.verified = { generation: wholeNumber(generation, 'verified generation'), revision: digest(revision) }
  } else
    throw new AnswerError(
      `odd line ${printableLine(`${word} ${rest}`)} in the record of component ${printableLine(name)}`,
    )
}

const OUTCOMES = ['succeeded', 'failed', 'refused'] as const

/** A result as `finish` of scripts/operate.sh writes it. */
export function parseResult(operationId: string, lines: string[]): OperationResult {
  const names = ['outcome', 'step', 'exit', 'certain', 'started', 'finished', 'output']
  const values = lines.slice(0, -1).map(wordAndRest)
  if (lines.at(-1) !== 'end' || values.map(([word]) => word).join() !== names.join()) {
    throw new AnswerError(`odd result of operation ${operationId}: ${printableLine(lines.join('\n'))}`)
  }
  const [outcome = '', step = '', exit = '', certain = '', started = '', finished = '', output = ''] = values.map(
    ([, rest]) => rest,
  )
  const known = OUTCOMES.find((one) => one === outcome)
  if (known === undefined) throw new AnswerError(`odd outcome ${printableLine(outcome)}`)
  return {
    operationId,
    outcome: known,
    ...(known === 'succeeded' ? {} : { step: printable(step, 300), exitCode: wholeNumber(exit, 'exit code') }),
    output: printable(Buffer.from(output, 'base64').toString('utf8'), OUTPUT_CHARACTERS),
    certain: certain === 'true',
    startedAtMs: wholeNumber(started, 'start time'),
    finishedAtMs: wholeNumber(finished, 'finish time'),
  }
}

function digest(text: string): string {
  if (!isDigest(text)) throw new AnswerError(`${printableLine(text)} is not a revision`)
  return text
}

function wordAndRest(line: string): [string, string] {
  const space = line.indexOf(' ')
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)]
}
