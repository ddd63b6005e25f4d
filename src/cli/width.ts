// How many cells of a terminal a text takes, and cutting it to fit.
import { printableAscii } from '../model/escape-control.ts'

// Marks that join the character before them, and characters that print nothing.
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u
// East Asian wide and fullwidth blocks (Unicode TR 11) and the emoji that terminals draw two cells wide.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

/** Cells that the text takes; it must hold no control characters. */
export function displayWidth(text: string): number {
  if (printableAscii.test(text)) return text.length
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

/** The text in at most so many cells; what does not fit is replaced by `…`. */
export function truncate(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text
  let kept = ''
  let used = 1
  for (const character of text) {
    used += cellsOf(character)
    if (used > cells) break
    kept += character
  }
  return cells > 0 ? `${kept}…` : ''
}

function cellsOf(character: string): number {
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}
