// Differences in words.
import type { Change, Diff } from '../model/diff.ts'

const SHOWN = 3

/** One line: the first three changes and how many more there are. */
export function explainDiff(diff: Diff): string {
  const shown = diff.changes.slice(0, SHOWN).map(explainChange)
  const more = diff.changes.length - shown.length
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ')
}

/** `update file:/etc/x: mode 0600 → 0644, owner bob → root`. */
export function explainChange(change: Change): string {
  const fields = change.fields.map((field) => `${field.field} ${field.from} → ${field.to}`)
  return `${change.action} ${change.resource}: ${fields.join(', ')}`
}
