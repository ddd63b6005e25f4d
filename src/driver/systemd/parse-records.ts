// What operations left on the host: component records and results → facts. Pure.
import type { ComponentRecord, Damage, OperationResult } from '../../model/observation.ts'
import { AnswerError, linesOf, wholeNumber } from './frames.ts'
import { isDigest, isOperationId, STATE } from './names.ts'
import { printable, printableLine } from './printable.ts'

const OUTPUT_CHARACTERS = 4096

/** What `head --verbose` of scripts/observe.sh puts above each record (man head). */
const HEADING = new RegExp(`(?:^|\\n)==> ${STATE}/components/([a-z0-9.-]+)/record <==\\n`)

/**
 * All component records that can be read, and what is wrong with the others: one that is damaged holds back its component
 * alone. `names` lists the components of the host, `records` holds their texts.
 */
export function parseComponents(
  names: string,
  records: string,
): { components: Record<string, ComponentRecord>; damaged: Damage[] } {
  const texts = textsOf(records)
  // Without a prototype: a component may be called `constructor`.
  const components: Record<string, ComponentRecord> = Object.create(null)
  const damaged: Damage[] = []
  const more: string[] = []
  for (const line of linesOf(names, 'names of components')) {
    const [state, component] = wordAndRest(line)
    if (state === 'kept' || state === 'armed') {
      more.push(line)
      continue
    }
    const path = `${STATE}/components/${component}/record`
    try {
      if (state !== 'recorded') throw new AnswerError('it is missing, though what it owned is noted beside it')
      components[component] = parseRecord(component, texts.get(component))
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error
      damaged.push({ path, what: error.message, component })
    }
  }
  for (const line of more) addMore(components, line)
  return { components, damaged }
}

function addMore(components: Record<string, ComponentRecord>, line: string): void {
  const [state = '', component = '', number = '', left = ''] = line.split(' ')
  const record = components[component]
  if (record !== undefined && state === 'armed' && isOperationId(number) && /^-?\d{1,15}$/.test(left))
    record.armed = { operationId: number, leftMs: Number(left) * 1000 }
  if (record === undefined || state !== 'kept' || !/^\d{1,15}$/.test(number)) return
  record.kept = [...(record.kept ?? []), Number(number)].sort((a, b) => a - b)
}

/** By component; undefined for a heading that stands there twice, since nobody can tell which text is the record's. */
function textsOf(records: string): Map<string, string | undefined> {
  const [, ...parts] = records.split(HEADING)
  const texts = new Map<string, string | undefined>()
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const name = parts[at] as string
    texts.set(name, texts.has(name) ? undefined : parts[at + 1])
  }
  return texts
}

function parseRecord(component: string, text: string | undefined): ComponentRecord {
  if (text === undefined) throw new AnswerError('it cannot be read')
  if (text === '') throw new AnswerError('it is empty or cannot be read')
  const [first, ...lines] = text.split('\n')
  if (first !== `component ${component}`) throw new AnswerError(`it begins with ${printableLine(first ?? '')}`)
  if (lines.pop() !== '' || lines.pop() !== 'end') throw new AnswerError('it ends in the middle')
  const record: ComponentRecord = { generation: -1, revision: '', rejected: [], owned: [] }
  for (const line of lines) addToRecord(record, ...wordAndRest(line))
  if (record.generation < 0) throw new AnswerError('it names no generation')
  return record
}

/** A `ResourceId`. */
const OWNED = /^(package|user|directory|file|unit|postgres-role|postgres-database):./

function addToRecord(record: ComponentRecord, word: string, rest: string): void {
  if (word === 'generation') record.generation = wholeNumber(rest, 'its generation')
  else if (word === 'revision') record.revision = rest === '' ? '' : digest(rest)
  else if (word === 'keeper') record.keeper = digest(rest)
  else if (word === 'reverted') record.reverted = wholeNumber(rest, 'the generation that was taken back')
  else if (word === 'rejected') record.rejected.push(digest(rest))
  else if (word === 'owned' && OWNED.test(rest)) record.owned.push(rest)
  else if (word === 'verified') {
    const [generation, revision] = wordAndRest(rest)
    record.verified = { generation: wholeNumber(generation, 'its verified generation'), revision: digest(revision) }
  } else throw new AnswerError(`it has the odd line ${printableLine(`${word} ${rest}`)}`)
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
