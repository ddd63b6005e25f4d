// Finds the field that a problem is about when it only showed after reading: while rendering, for instance.
import type { Issue } from '../model/issue.ts'
import { formatPath, parsePath } from './field-path.ts'
import { type FieldPath, readYaml } from './yaml-documents.ts'

/**
 * The issue at the place of its `path` in its file's text, within the document that begins at the issue's line. Unchanged
 * when there is no such document.
 */
export function placeIssue(issue: Issue, text: string): Issue {
  const document = readYaml(issue.file, text).documents.find(({ start }) => start.line === issue.line)
  if (document === undefined) return issue
  const path: FieldPath = issue.path === '' ? ['metadata', 'name'] : parsePath(issue.path)
  return { ...issue, ...document.locate(path), path: formatPath(path) }
}
