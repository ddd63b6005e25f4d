// What files that differ said, as unified diffs: bounded, and without what not everybody on the host may read.
import type { Diff, TextDiff } from '../model/diff.ts'
import { beginningOf } from '../model/escape-control.ts'
import { refersToSecret } from '../model/secret-reference.ts'
import type { Target } from '../model/target.ts'
import { unifiedDiff } from './unified-diff.ts'

const MOST_FILES = 5
const MOST_CHARACTERS = 2_000

/** Paths of files whose content differs, and may be shown. */
export function differingTexts({ changes }: Diff, target: Target | undefined): string[] {
  const secret = new Set(
    target?.resources.flatMap((it) => (it.kind === 'file' && refersToSecret(it.content) ? [it.path] : [])),
  )
  return changes
    .filter(({ resource, fields }) => resource.startsWith('file:') && fields.some(({ field }) => field === 'content'))
    .map(({ resource }) => resource.slice('file:'.length))
    .filter((path) => !secret.has(path))
    .slice(0, MOST_FILES)
}

/** From what was found (`-`) to what is written (`+`), of those whose content is known. */
export function textDiffs(
  paths: readonly string[],
  target: Target | undefined,
  found: ReadonlyMap<string, string>,
): TextDiff[] {
  return paths.flatMap((path) => {
    const wanted = target?.resources.find((it) => it.kind === 'file' && it.path === path)
    const text = found.get(path)
    if (wanted?.kind !== 'file' || text === undefined) return []
    const diff = unifiedDiff(text, wanted.content)
    return diff === '' ? [] : [{ path, diff: beginningOf(diff, MOST_CHARACTERS) }]
  })
}
