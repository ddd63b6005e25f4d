// The rows as a person reads them. Pure.
import type { Row } from './comparison.ts'
import { number } from './goal.ts'

const heads = ['measured', 'ours', 'against', 'result', 'goal', 'n', '']

/** Lines of a table, one a row; rows without a figure say so and why. */
export function tableText(rows: readonly Row[]): string {
  const cells = [heads, ...rows.map(cellsOf)]
  const widths = heads.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const missing = rows.filter((row) => row.notMeasured !== undefined)
  const reasons = missing.map(
    (row) => `NOT MEASURED: ${row.measure}: ${row.notMeasured?.split('\n').slice(0, 6).join('\n  ').slice(0, 600)}`,
  )
  return [...lines, ...(reasons.length === 0 ? [] : ['', ...reasons]), ''].join('\n')
}

function cellsOf(row: Row): string[] {
  const { measure, unit, ours, theirs, result = '', goal, isMet, samples } = row
  if (ours === undefined) return [measure, '', '', 'NOT MEASURED', goal, '', '']
  const against = theirs === undefined ? '' : `${theirs.name} ${number(theirs.value)} ${unit}`
  return [measure, `${number(ours)} ${unit}`, against, result, goal, String(samples), isMet ? 'met' : 'MISSED']
}
