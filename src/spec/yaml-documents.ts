// A YAML file as a list of documents whose fields can be found again in the text.
import { type Document, isMap, isScalar, isSeq } from 'yaml'
import type { Issue } from '../model/issue.ts'
import { findForbidden, type TextProblem } from './forbidden-text.ts'
import { MAX_ISSUES_PER_FILE } from './limits.ts'
import { type Position, positionsOf } from './text-positions.ts'
import { parseSyntax } from './yaml-syntax.ts'
import { startOf, toValue } from './yaml-value.ts'

export type FieldPath = readonly (string | number)[]

export interface YamlDocument {
  value: unknown
  /** Where its first field stands. */
  start: Position
  /** Its own part of the file, without the line that separates it from the one before. */
  text: string
  /** Where the value of a field stands; for a field that is not there, the nearest field around it. */
  locate(path: FieldPath): Position
  /** Where the name of a field stands. */
  locateKey(path: FieldPath): Position
}

export interface YamlFile {
  /** Without the empty ones. When there are issues they may be incomplete and are good for nothing but their names. */
  documents: YamlDocument[]
  issues: Issue[]
}

/** Reads a file's text. Never throws; every issue has a position. */
export function readYaml(file: string, text: string): YamlFile {
  const forbidden = findForbidden(text)
  const positions = positionsOf(text)
  if (forbidden !== undefined) return { documents: [], issues: [toIssue(file, positions, forbidden)] }
  const { documents: parsed, problems } = parseSyntax(text)
  const documents = parsed
    .filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null))
    .map((document) => toDocument(document, { text, positions, problems }))
  if (documents.length === 0 && problems.length === 0) problems.push({ offset: 0, message: NOTHING })
  return { documents, issues: onePerPlace(problems).map((problem) => toIssue(file, positions, problem)) }
}

const NOTHING = 'there is no document in this file; to remove what it described, delete the file'

interface FileContext {
  text: string
  positions(offset: number): Position
  problems: TextProblem[]
}

function toDocument(document: Document, { text, positions, problems }: FileContext): YamlDocument {
  const root: unknown = document.contents
  const start = startOf(root) ?? 0
  return {
    value: toValue(root, problems),
    start: positions(start),
    text: ownText(text, start, document.range?.[1] ?? text.length),
    locate: (path) => positions(findField(root, path).value),
    locateKey: (path) => positions(findField(root, path).key),
  }
}

/** Keeps the indentation of the first line, and every line end: both can carry meaning. */
function ownText(text: string, start: number, end: number): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const own = text.slice(text.slice(lineStart, start).trim() === '' ? lineStart : start, end)
  return own.endsWith('\n') ? own : `${own}\n`
}

/** Offsets of a field's name and value; as far as the path can be followed. */
function findField(root: unknown, path: FieldPath): { key: number; value: number } {
  let node = root
  let found = { key: startOf(root) ?? 0, value: startOf(root) ?? 0 }
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(segment))
      if (pair === undefined) return { key: found.key, value: found.key }
      const key = startOf(pair.key) ?? found.key
      const isEmpty = !isScalar(pair.value) ? pair.value === null : pair.value.value === null
      found = { key, value: isEmpty ? key : (startOf(pair.value) ?? key) }
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(segment)]
      const offset = startOf(node) ?? found.key
      found = { key: offset, value: offset }
    } else return found
  }
  return found
}

function onePerPlace(problems: TextProblem[]): TextProblem[] {
  const places = new Map<number, TextProblem>()
  for (const problem of problems) if (!places.has(problem.offset)) places.set(problem.offset, problem)
  return [...places.values()].sort((a, b) => a.offset - b.offset).slice(0, MAX_ISSUES_PER_FILE)
}

function toIssue(file: string, positions: (offset: number) => Position, { offset, message }: TextProblem): Issue {
  return { file, ...positions(offset), path: '', message }
}
