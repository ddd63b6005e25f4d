// Where hosts cannot be booted, nobody is to take the lab tests for passed.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
// Whoever runs this test may be root, in a directory that nobody else can read.
const somebody = 'data:text/javascript,process.getuid = () => 1000'

it.each([
  ['true', '0 passed, 1 failed'],
  ['', '0 passed, 0 failed'],
])('with CI=%j a run of lab tests alone by who is not root says so loudly, and is not good', (CI, counts) => {
  const { HOMEOSTAT_LAB: _, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, ['--import', somebody, 'test/run.ts', '--only', 'lab'], {
    cwd: root,
    env: { ...env, CI },
    encoding: 'utf8',
  })
  expect(stdout).toMatch(/!!! lab tests were NOT RUN: .*root.* !!!/)
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(counts)
  expect(status).toBe(1)
})
