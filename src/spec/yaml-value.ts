// YAML nodes to plain values: text, numbers, booleans, lists and maps with text keys, and nothing that could surprise.
import { isMap, isScalar, isSeq, type Scalar, type YAMLMap } from 'yaml'
import type { TextProblem } from './forbidden-text.ts'

/**
 * The plain value of a node. A map entry without a value has the value undefined, as if the field were absent, but its key
 * is still there to be checked. What is refused is added to `problems`. The nesting is bounded by `parseSyntax`.
 */
export function toValue(node: unknown, problems: TextProblem[]): unknown {
  if (isMap(node)) return toRecord(node, problems)
  if (isSeq(node)) return node.items.map((item) => toValue(item, problems) ?? null)
  if (isScalar(node)) return toScalar(node, problems)
  return undefined
}

function toRecord(map: YAMLMap, problems: TextProblem[]): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  const offsets = new Map<string, number>()
  for (const { key, value } of map.items) {
    const offset = startOf(key) ?? startOf(map) ?? 0
    if (!isScalar(key) || typeof key.value !== 'string') {
      problems.push({ offset, message: 'expected a key that is text; put it in quotes' })
    } else if (key.value === '__proto__') {
      problems.push({ offset, message: '"__proto__" cannot be used as a key' })
    } else if (offsets.has(key.value)) {
      problems.push({ offset, message: `the key "${key.value}" is given twice in the same map` })
    } else {
      offsets.set(key.value, offset)
      record[key.value] = toValue(value, problems)
    }
  }
  return record
}

function toScalar(scalar: Scalar, problems: TextProblem[]): unknown {
  const { value } = scalar
  if (value === null) return undefined
  if (typeof value === 'number' && !(Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    problems.push({
      offset: startOf(scalar) ?? 0,
      message: 'this number is out of range; put it in quotes to make it text',
    })
    return undefined
  }
  return value
}

/** Where a node begins in the text; undefined for what is not a parsed node. */
export function startOf(node: unknown): number | undefined {
  const range = (node as { range?: [number, number, number] | null } | null | undefined)?.range
  return range?.[0]
}
