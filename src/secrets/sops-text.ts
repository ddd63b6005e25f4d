// A document as the text of a SOPS file, in the layout that the program sops writes.
import { isMap, isScalar, isSeq } from 'yaml'
import type { SopsDocument } from './sops-file.ts'

/** Comments are kept in YAML; JSON has none. */
export function sopsText(document: SopsDocument, format: 'yaml' | 'json'): string {
  return format === 'json' ? `${json(document.contents, '')}\n` : document.toString({ indent: 4, lineWidth: 0 })
}

/** In the order of the document, which the MAC depends on: a JavaScript object would put keys of digits first. */
function json(node: unknown, indent: string): string {
  const inner = `${indent}\t`
  if (isMap(node)) {
    const lines = node.items.map(({ key, value }) => `${JSON.stringify(String(key))}: ${json(value, inner)}`)
    return block('{', lines, '}', indent)
  }
  if (isSeq(node)) {
    const lines = node.items.map((item) => json(item, inner))
    return block('[', lines, ']', indent)
  }
  if (!isScalar(node)) return 'null'
  return typeof node.value === 'number' ? (node.source ?? String(node.value)) : JSON.stringify(node.value ?? null)
}

function block(opening: string, lines: string[], closing: string, indent: string): string {
  if (lines.length === 0) return opening + closing
  return `${opening}\n${lines.map((line) => `${indent}\t${line}`).join(',\n')}\n${indent}${closing}`
}
