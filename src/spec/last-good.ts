// The text to remember of a file, so that reading it again gives just those of its documents that are in effect.
import type { SpecFile } from './read-file.ts'
import type { Unit } from './unit.ts'

/**
 * `inEffect` are the documents of this file's path that are in effect, from whichever of the texts. A text all of whose
 * documents are in effect is kept as it is; otherwise the documents are put together anew. Undefined when there is none.
 */
export function lastGoodText(inEffect: readonly Unit[], texts: readonly SpecFile[]): string | undefined {
  if (inEffect.length === 0) return undefined
  const chosen = new Set(inEffect)
  const whole = texts.find(({ units }) => units.length === chosen.size && units.every((unit) => chosen.has(unit)))
  return whole?.text ?? inEffect.map((unit) => `---\n${unit.document.text}`).join('')
}
