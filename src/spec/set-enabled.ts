// Changes `spec.enabled` of a component in the text of its file, and not a byte besides.
import { type Document, isMap, isScalar, type Pair, type YAMLMap } from 'yaml'
import { parseSyntax } from './yaml-syntax.ts'

/** The text as it is to be, the same one where it says so already; or why it cannot be changed, and at which offset. */
export type EnabledEdit = { text: string } | { problem: string; offset: number }

/** `text` is that of a file without issues, which has the component. */
export function setEnabled(text: string, component: string, enabled: boolean): EnabledEdit {
  const spec = componentRoot(text, component)?.get('spec', true)
  if (!isMap(spec)) return { problem: `there is no component ${component} in it`, offset: 0 }
  const value = pairOf(spec, 'enabled')?.value
  if (isScalar(value) && value.range) {
    const [start, end] = value.range
    return { text: value.value === enabled ? text : text.slice(0, start) + String(enabled) + text.slice(end) }
  }
  // That it is enabled need not be said.
  return enabled ? { text } : addDisabled(text, spec)
}

/** The document of a component in the text of a file. */
export function componentRoot(text: string, component: string): YAMLMap | undefined {
  const root = parseSyntax(text).documents.find((document) => isOf(document, component))?.contents
  return isMap(root) ? root : undefined
}

function isOf({ contents }: Document, component: string): boolean {
  return isMap(contents) && contents.get('kind') === 'Component' && contents.getIn(['metadata', 'name']) === component
}

/** Behind `type`, which every component has: on a line of its own, or within the braces. */
function addDisabled(text: string, spec: YAMLMap): EnabledEdit {
  const type = pairOf(spec, 'type')
  const [keyStart, valueEnd] = [rangeOf(type?.key)?.[0], rangeOf(type?.value)?.[1]]
  if (keyStart === undefined || valueEnd === undefined)
    return { problem: 'its spec has no type to write `enabled: false` behind', offset: spec.range?.[0] ?? 0 }
  if (spec.flow) {
    const key = text[keyStart] === '"' ? '"enabled"' : 'enabled'
    return { text: `${text.slice(0, valueEnd)}, ${key}: false${text.slice(valueEnd)}` }
  }
  const indent = text.slice(text.lastIndexOf('\n', keyStart - 1) + 1, keyStart)
  if (!/^ *$/.test(indent))
    return { problem: 'its type does not begin a line; write `enabled: false` beside it by hand', offset: keyStart }
  const lineEnd = text.indexOf('\n', valueEnd)
  const end = lineEnd < 0 ? text.length : lineEnd + 1
  const eol = /\r\n/.test(text.slice(keyStart, end)) || (lineEnd < 0 && text.includes('\r\n')) ? '\r\n' : '\n'
  const line = lineEnd < 0 ? `${eol}${indent}enabled: false` : `${indent}enabled: false${eol}`
  return { text: text.slice(0, end) + line + text.slice(end) }
}

/** The field of this name. */
export function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name)
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return isScalar(node) ? (node.range ?? undefined) : undefined
}
