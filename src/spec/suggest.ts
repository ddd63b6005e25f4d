// Finds what a misspelt word was probably meant to be, for the suggestion of an issue.

/** The candidate nearest to the word, ignoring case; undefined when none is near enough to be a likely misspelling. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const longest = Math.max(word.length, candidate.length)
    const allowed = Math.min(best === undefined ? Infinity : best.distance - 1, Math.max(1, Math.floor(longest / 3)))
    if (longest > 64 || Math.abs(word.length - candidate.length) > allowed) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance <= allowed) best = { candidate, distance }
  }
  return best?.candidate
}

/**
 * Number of insertions, deletions, replacements and swaps of neighbours that turn one text into the other, no part edited
 * twice: the Damerau-Levenshtein distance in its restricted form (optimal string alignment).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const next = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      next[column] = Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = next
  }
  return at(last, to.length)
}

function at(row: number[], column: number): number {
  return row[column] ?? Infinity
}
