// The path of a field as a person reads it: `spec.hosts[0]`.
import type { FieldPath } from './yaml-documents.ts'

/** Text of a path; a key that is not a plain word is quoted in brackets. Empty for the document itself. */
export function formatPath(path: FieldPath): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`
      return index === 0 ? segment : `.${segment}`
    })
    .join('')
}

/** The segments of a path in the form above, or with dots alone: `files.0.content`. Words of digits are indexes. */
export function parsePath(text: string): (string | number)[] {
  return [...text.matchAll(/\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, quoted, word = '']) => {
    if (quoted !== undefined) return String(JSON.parse(quoted))
    return /^[0-9]+$/.test(word) ? Number(word) : word
  })
}
