// Where it stands what is wrong with a reference to a secret: references are plain text, so they are looked for as such.
import type { ComponentSpec } from '../model/desired.ts'
import type { Issue } from '../model/issue.ts'
import type { SecretProblem } from '../plan/seal.ts'
import { isDocumentFile, isSopsFile } from '../spec/document-file.ts'
import { positionsOf } from '../spec/text-positions.ts'

/** The issue at the reference: in the component's own document, else in a file beside it, else at the component. */
export function secretIssue(
  { message, text }: SecretProblem,
  spec: ComponentSpec,
  files: Record<string, string>,
): Issue {
  const own = files[spec.file] ?? ''
  const beside = Object.keys(files).filter((path) => !isDocumentFile(path) && !isSopsFile(path))
  const places = [{ file: spec.file, from: offsetOfLine(own, spec.line) }, ...beside.map((file) => ({ file, from: 0 }))]
  for (const { file, from } of places) {
    const at = (files[file] ?? '').indexOf(text, from)
    if (at >= 0 && text !== '') return { file, ...positionsOf(files[file] ?? '')(at), path: '', message }
  }
  return { file: spec.file, line: spec.line, column: 1, path: 'spec', message }
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0
  for (let at = 1; at < line; at++) offset = text.indexOf('\n', offset) + 1
  return offset
}
