// Runs one vitest project and counts its tests from the JSON report.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { runProgram } from './run-program.ts'
import type { StageResult } from './run-summary.ts'

/** Characters of a failure's message that the summary repeats; all of it stands where the test ran. */
const LONGEST_MESSAGE = 200

/** The program itself. */
export const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname

export interface VitestOptions {
  env?: Record<string, string>
  signal: AbortSignal
  /** Puts a command elsewhere, into a network namespace for instance; default: as it is. */
  wrap?: (argv: string[]) => string[]
  /** Receives, at the end, all that was printed; default: it is printed as it comes. */
  print?: (text: string) => void
}

/** The parts of vitest's JSON report that are counted (its reporter is a superset of jest's). */
export interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    /** The file. */
    name: string
    status: string
    message?: string
    assertionResults: { status: string; fullName?: string; failureMessages?: string[] | null }[]
  }[]
}

export async function runVitest(
  project: string,
  more: readonly string[],
  options: VitestOptions,
): Promise<StageResult> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-test-'))
  try {
    const report = join(folder, 'report.json')
    const argv = [process.execPath, vitest, 'run', '--project', project, '--passWithNoTests']
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { wrap = (words: string[]) => words } = options
    const { isGood, seconds } = await runProgram(wrap([...argv, ...reporters, ...more]), options)
    return { name: project, seconds, ...count(await readReport(report), isGood) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file that fails as a whole counts as one failure, and so does a bad end that no test accounts for. */
export function count(
  report: VitestReport | undefined,
  isGood: boolean,
): Pick<StageResult, 'passed' | 'failed' | 'skipped' | 'failures'> {
  if (report === undefined) return { passed: 0, failed: isGood ? 0 : 1, skipped: 0 }
  const isBroken = ({ status, assertionResults }: VitestReport['testResults'][number]) =>
    status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed')
  const failed = report.numFailedTests + report.testResults.filter(isBroken).length
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !isGood ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    ...(failed === 0 ? {} : { failures: report.testResults.flatMap(failuresOf) }),
  }
}

/** What failed in one file, a line each: where, what, and how the first message about it begins. */
function failuresOf({ name, status, message, assertionResults }: VitestReport['testResults'][number]): string[] {
  const file = relative(process.cwd(), name)
  const failed = assertionResults.filter((assertion) => assertion.status === 'failed')
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : []
  return failed.map(({ fullName, failureMessages }) => `${file} > ${fullName}: ${firstLine(failureMessages?.[0])}`)
}

const firstLine = (text = '') => (text.trim().split('\n')[0] ?? '').slice(0, LONGEST_MESSAGE)

/** Undefined where there is none: no test file, or vitest ended before it could write one. */
async function readReport(path: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as VitestReport
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
