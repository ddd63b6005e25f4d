// Counts what a test run found, and says it.

export interface StageResult {
  name: string
  passed: number
  failed: number
  skipped: number
  seconds: number
  /** Why it was not run; shown loudly. */
  notRun?: string
  /** What failed, a line each: said once more at the end, where it is found in a long output or in what is left of one. */
  failures?: string[]
  /** What else a reader of the result has to know. */
  notes?: string[]
}

/** The table of all stages and, as its last line, `N passed, N failed`. Good is: something passed and nothing failed. */
export function summary(results: readonly StageResult[]): { text: string; isGood: boolean } {
  const total = (count: (result: StageResult) => number) => results.reduce((sum, result) => sum + count(result), 0)
  const [passed, failed, skipped] = [total((r) => r.passed), total((r) => r.failed), total((r) => r.skipped)]
  const loud = results.filter(({ notRun }) => notRun !== undefined).map(notRunBanner)
  const lines = ['', '=== results ===', ...results.map(stageLine), ...loud]
  for (const { name, failures = [] } of results) lines.push(...failures.map((failure) => `${name}: FAILED ${failure}`))
  for (const { name, notes = [] } of results) lines.push(...notes.map((note) => `${name}: ${note}`))
  if (skipped > 0) lines.push(`${skipped} skipped: not counted as passed`)
  return {
    text: `${[...lines, `${passed} passed, ${failed} failed`].join('\n')}\n`,
    isGood: failed === 0 && passed > 0,
  }
}

function stageLine({ name, passed, failed, skipped, seconds, notRun }: StageResult): string {
  const outcome = notRun === undefined ? `${passed} passed, ${failed} failed, ${skipped} skipped` : 'NOT RUN'
  return `${name.padEnd(12)} ${outcome} (${seconds.toFixed(1)} s)`
}

function notRunBanner({ name, notRun = '' }: StageResult): string {
  const [first = '', ...more] = notRun.trim().split('\n')
  const line = `!!! ${name} tests were NOT RUN: ${first} !!!`
  const rule = '!'.repeat(Math.min(line.length, 120))
  return ['', rule, line, ...more, rule, ''].join('\n')
}
