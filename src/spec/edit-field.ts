// Changes one field of a component in the text of its file, and not a byte besides: comments, layout and line ends stay.
import { isMap, isScalar, Scalar, type YAMLMap } from 'yaml'
import { componentRoot, pairOf } from './set-enabled.ts'
import type { FieldPath } from './yaml-documents.ts'

/** The text as it is to be; or why it cannot be changed, and at which offset. */
export type FieldEdit = { text: string } | { problem: string; offset: number }

/**
 * `text` is that of a file without issues, which has the component. A field that is not there is added to the map that it belongs to,
 * which has to be there.
 */
export function editField(text: string, component: string, path: FieldPath, value: string | boolean): FieldEdit {
  const root = componentRoot(text, component)
  const node: unknown = root?.getIn(path, true)
  const around: unknown = root?.getIn(path.slice(0, -1), true)
  if (isScalar(node) && node.range)
    return replaced(text, node, value, isMap(around) ? keyStart(around, path.at(-1)) : undefined)
  if (node === undefined && isMap(around)) return added(text, around, String(path.at(-1)), value)
  return { problem: `there is no ${path.join('.')} of ${component} in it`, offset: 0 }
}

function replaced(text: string, node: Scalar, value: string | boolean, key: number | undefined): FieldEdit {
  const [start, end] = node.range ?? [0, 0]
  const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED
  const before = text.slice(0, start)
  const column = key === undefined ? undefined : columnOf(text, key)
  const block = column === undefined || !mayBeBlock(value, isBlock) ? undefined : literal(value, column)
  if (isBlock) {
    // It ends with its last line, of which the line break is a part.
    const [after, isLast] = [text.slice(end), !text.slice(start, end).endsWith('\n')]
    if (block === undefined) return { text: `${before}${inline(value)}${isLast ? '' : '\n'}${after}` }
    return { text: `${before}${block.header}\n${block.body}${after}` }
  }
  if (block === undefined) return { text: `${before}${inline(value)}${text.slice(end)}` }
  const lineEnd = text.indexOf('\n', end)
  const rest = lineEnd < 0 ? text.slice(end) : text.slice(end, lineEnd)
  return { text: `${before}${block.header}${rest}\n${block.body}${lineEnd < 0 ? '' : text.slice(lineEnd + 1)}` }
}

/** Behind the first field of the map: on a line of its own, or within the braces. */
function added(text: string, map: YAMLMap, name: string, value: string | boolean): FieldEdit {
  const first = map.items[0]
  const [key, last] = [rangeOf(first?.key), rangeOf(first?.value)]
  const offset = map.range?.[0] ?? 0
  if (key === undefined || last === undefined) return { problem: `there is no place for ${name}`, offset }
  if (map.flow) return { text: `${text.slice(0, last[1])}, ${name}: ${inline(value)}${text.slice(last[1])}` }
  const column = columnOf(text, key[0])
  const lineEnd = text.indexOf('\n', last[1])
  if (column === undefined) return { problem: `there is no line for ${name}; write it by hand`, offset }
  const line = `${' '.repeat(column)}${name}: ${inline(value)}`
  if (lineEnd < 0) return { text: `${text}\n${line}` }
  const eol = text[lineEnd - 1] === '\r' ? '\r\n' : '\n'
  return { text: `${text.slice(0, lineEnd + 1)}${line}${eol}${text.slice(lineEnd + 1)}` }
}

/** How far a key is indented that begins its line, or an item of a list; undefined where something else stands before it. */
function columnOf(text: string, offset: number): number | undefined {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  return /^[ -]*$/.test(before) ? before.length : undefined
}

function keyStart(map: YAMLMap, name: unknown): number | undefined {
  return map.flow ? undefined : rangeOf(pairOf(map, String(name))?.key)?.[0]
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return isScalar(node) ? (node.range ?? undefined) : undefined
}

/** Several lines are readable as a block only; one line stays what it was. */
function mayBeBlock(value: string | boolean, wasBlock: boolean): value is string {
  if (typeof value !== 'string' || !/^[\t\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufffd]*$/u.test(value))
    return false
  return wasBlock ? value.trim() !== '' : /\n./.test(value)
}

/** A block scalar of a key at this column (YAML 1.2.2, 8.1). */
function literal(value: string, column: number): { header: string; body: string } {
  const isIndented = /^\s/.test(value) ? '2' : ''
  const chomping = !value.endsWith('\n') ? '-' : /^\n|\n\n$/.test(value) ? '+' : ''
  const lines = value.replace(/\n$/, '').split('\n')
  const body = lines.map((line) => (line === '' ? '\n' : `${' '.repeat(column + 2)}${line}\n`)).join('')
  return { header: `|${isIndented}${chomping}`, body }
}

function inline(value: string | boolean): string {
  return typeof value === 'boolean' || isPlainWord(value) ? String(value) : JSON.stringify(value)
}

/** Means the same without quotes. */
function isPlainWord(text: string): boolean {
  return /^[a-z_][a-z0-9_-]*$/.test(text) && !/^(true|false|null|y|yes|n|no|on|off)$/.test(text)
}
