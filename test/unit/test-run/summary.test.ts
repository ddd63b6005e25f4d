// How the test runner reads its arguments, counts, and sums up.
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../support/run-arguments.ts'
import { summary } from '../../support/run-summary.ts'
import { count } from '../../support/run-vitest.ts'

const stage = { name: 'fast', passed: 0, failed: 0, skipped: 0, seconds: 1 }
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)

describe('the summary of a test run', () => {
  it('ends with the two counts on a line of their own', () => {
    const { text, isGood } = summary([
      { ...stage, passed: 3 },
      { ...stage, name: 'lab', passed: 2, skipped: 1 },
    ])
    expect([lastLine(text), isGood]).toEqual(['5 passed, 0 failed', true])
  })

  it('is bad when one failed', () => {
    const { text, isGood } = summary([{ ...stage, passed: 3, failed: 1 }])
    expect([lastLine(text), isGood]).toEqual(['3 passed, 1 failed', false])
  })

  it('is bad when nothing ran at all', () => {
    expect(summary([stage]).isGood).toBe(false)
  })

  it('says loudly what was not run', () => {
    const { text } = summary([
      { ...stage, passed: 1 },
      { ...stage, name: 'lab', notRun: 'the lab needs root' },
    ])
    expect(text).toContain('!!! lab tests were NOT RUN: the lab needs root !!!')
  })

  it('names what failed once more', () => {
    const { text } = summary([{ ...stage, failed: 1, failures: ['test/unit/a.test.ts > adds: expected 2 to be 3'] }])
    expect(text).toContain('\nfast: FAILED test/unit/a.test.ts > adds: expected 2 to be 3\n')
  })

  it('says what else a reader has to know, and whose stage it is of', () => {
    const { text } = summary([{ ...stage, name: 'lab', passed: 1, notes: ['loki 3.7.8+standin1 is a STAND-IN'] }])
    expect(text).toContain('\nlab: loki 3.7.8+standin1 is a STAND-IN\n')
  })
})

describe('counting from a vitest report', () => {
  const report = { numPassedTests: 4, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] }

  it('takes the counts of a good run', () => {
    expect(count(report, true)).toEqual({ passed: 4, failed: 0, skipped: 2 })
  })

  it('counts a file that failed as a whole as one failure', () => {
    const failureMessages = ['Error: expected 2 to be 3\n    at a line']
    const failed = { status: 'failed', fullName: 'adds', failureMessages }
    const testResults = [
      { name: `${process.cwd()}/test/a.test.ts`, status: 'failed', message: 'no such module', assertionResults: [] },
      { name: `${process.cwd()}/test/b.test.ts`, status: 'failed', assertionResults: [failed, { status: 'passed' }] },
    ]
    expect(count({ ...report, numFailedTests: 1, testResults }, false)).toEqual({
      passed: 4,
      failed: 2,
      skipped: 2,
      failures: ['test/a.test.ts: no such module', 'test/b.test.ts > adds: Error: expected 2 to be 3'],
    })
  })

  it('counts a bad end that no test accounts for', () => {
    expect(count(report, false).failed).toBe(1)
    expect(count(undefined, false)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('counts nothing where there are no test files', () => {
    expect(count(undefined, true)).toEqual({ passed: 0, failed: 0, skipped: 0 })
  })
})

describe('the arguments of a test run', () => {
  it('runs every stage by default', () => {
    expect(parseArguments([])).toEqual({ only: ['checks', 'fast', 'simulation', 'lab'], vitestArguments: [], env: {} })
  })

  it('keeps the order of the stages and hands the rest to vitest', () => {
    expect(parseArguments(['--only', 'lab,fast', 'test/unit/cli', '-t', 'a name', '--only=checks'])).toEqual({
      only: ['checks', 'fast', 'lab'],
      vitestArguments: ['test/unit/cli', '-t', 'a name'],
      env: {},
    })
  })

  it('refuses a stage that there is not', () => {
    expect(() => parseArguments(['--only', 'labs'])).toThrow('not "labs"')
  })
})
