// Two texts as a unified diff, the form that `diff -u` and `patch` know.

/** Longer ways from one text to the other are not looked for: then all that differs is shown as replaced. */
const MAX_EDITS = 1_000
const AROUND = 3

type Edit = [mark: ' ' | '-' | '+', line: string]

/** Hunks with three lines around, without headings; empty where the texts are equal. A last line without a line break says so. */
export function unifiedDiff(from: string, to: string): string {
  if (from === to) return ''
  return hunksOf(editsOf(linesOf(from), linesOf(to)))
}

function linesOf(text: string): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else lines.push(`${lines.pop()}\n\\ No newline at end of file`)
  return lines
}

function editsOf(from: string[], to: string[]): Edit[] {
  let start = 0
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1
  let end = 0
  while (end < from.length - start && end < to.length - start && from.at(-1 - end) === to.at(-1 - end)) end += 1
  const [a, b] = [from.slice(start, from.length - end), to.slice(start, to.length - end)]
  const same = (lines: string[]): Edit[] => lines.map((line) => [' ', line])
  return [...same(from.slice(0, start)), ...shortest(a, b), ...same(from.slice(from.length - end))]
}

/** The shortest way from a to b (Myers, An O(ND) Difference Algorithm, 1986). */
function shortest(a: string[], b: string[]): Edit[] {
  const limit = linesOfOneOnly(a, b) > MAX_EDITS ? -1 : Math.min(a.length + b.length, MAX_EDITS)
  const furthest = new Map<number, number>([[1, 0]])
  const trace: Map<number, number>[] = []
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(new Map(furthest))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = stepsDown(furthest, diagonal, edits)
        ? (furthest.get(diagonal + 1) ?? 0)
        : (furthest.get(diagonal - 1) ?? 0) + 1
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1
      furthest.set(diagonal, x)
      if (x >= a.length && x - diagonal >= b.length) return walkedBack(trace, a, b)
    }
  }
  return [...a.map((line): Edit => ['-', line]), ...b.map((line): Edit => ['+', line])]
}

/** No way from one to the other has fewer edits. */
function linesOfOneOnly(a: string[], b: string[]): number {
  const [inA, inB] = [new Set(a), new Set(b)]
  return a.filter((line) => !inB.has(line)).length + b.filter((line) => !inA.has(line)).length
}

function stepsDown(furthest: Map<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true
  return diagonal !== edits && (furthest.get(diagonal - 1) ?? 0) < (furthest.get(diagonal + 1) ?? 0)
}

function walkedBack(trace: Map<number, number>[], a: string[], b: string[]): Edit[] {
  const edits: Edit[] = []
  let [x, y] = [a.length, b.length]
  for (let count = trace.length - 1; count >= 0; count--) {
    const furthest = trace[count] as Map<number, number>
    const diagonal = x - y
    const before = stepsDown(furthest, diagonal, count) ? diagonal + 1 : diagonal - 1
    const fromX = furthest.get(before) ?? 0
    const fromY = fromX - before
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      edits.push([' ', a[x - 1] as string])
      x -= 1
      y -= 1
    }
    if (count === 0) break
    edits.push(x === fromX ? ['+', b[y - 1] as string] : ['-', a[x - 1] as string])
    x = fromX
    y = fromY
  }
  return edits.reverse()
}

/** Changes with what is around them; two that are near each other share a hunk. */
function hunksOf(edits: Edit[]): string {
  const changed = edits.flatMap(([mark], at) => (mark === ' ' ? [] : [at]))
  const ranges: [first: number, last: number][] = []
  for (const at of changed) {
    const range = ranges.at(-1)
    if (range !== undefined && at - range[1] <= AROUND * 2) range[1] = at
    else ranges.push([at, at])
  }
  return ranges.map(([first, last]) => hunk(edits, Math.max(0, first - AROUND), last + AROUND + 1)).join('')
}

function hunk(edits: Edit[], start: number, end: number): string {
  const shown = edits.slice(start, end)
  const place = (mark: '-' | '+') => {
    const before = edits.slice(0, start).filter(([one]) => one !== (mark === '-' ? '+' : '-')).length
    const count = shown.filter(([one]) => one !== (mark === '-' ? '+' : '-')).length
    return `${mark}${count === 0 ? before : before + 1},${count}`
  }
  return `@@ ${place('-')} ${place('+')} @@\n${shown.map(([mark, line]) => `${mark}${line}\n`).join('')}`
}
