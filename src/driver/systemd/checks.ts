// The checkers of a component's files: which there are, what they are called with, and what all that they are given is known by. Pure.
import type { FileResource } from '../../model/resource.ts'
import { canonicalJson, sha256 } from '../../plan/canonical.ts'

export function hasChecker({ validate = [] }: FileResource): boolean {
  return validate.length > 0
}

/** The checker's words, with `{staged}` as the file's place below the directory `root`. */
export function checkerAt(root: string, { path, validate = [] }: FileResource): string[] {
  return validate.map((word) => word.replaceAll('{staged}', `${root}${path}`))
}

/** Of the first checker of these files: its words, and every file, since what it checks may lie in another one. Undefined: there is none. */
export function digestOfChecks(files: readonly FileResource[]): string | undefined {
  const first = files.find(hasChecker)
  const given = files.map(({ path, content }) => ({ path, content }))
  return first && sha256(canonicalJson({ argv: first.validate, given }))
}
