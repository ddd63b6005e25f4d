// What a mutation report comes to.

/** The parts of Stryker's JSON report that are counted. */
export interface MutationReport {
  files: Record<string, { mutants: { status: string }[] }>
}

/** `91.3: 210 of 230 mutants noticed (12 survived, 8 in code that no test runs), 40 left out, 3 could not be run`. */
export function scoreOf({ files }: MutationReport): string {
  const all = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status))
  const count = (...of: string[]) => all.filter((status) => of.includes(status)).length
  const [noticed, survived, unseen] = [count('Killed', 'Timeout'), count('Survived'), count('NoCoverage')]
  const valid = noticed + survived + unseen
  const score = valid === 0 ? 0 : (100 * noticed) / valid
  const leftOut = count('Ignored')
  const rest = all.length - valid - leftOut
  return `${score.toFixed(1)}: ${noticed} of ${valid} mutants noticed (${survived} survived, ${unseen} in code that no test runs), ${leftOut} left out, ${rest} could not be run`
}
