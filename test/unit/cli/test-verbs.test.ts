// `homeostat test logs` and `test sso` as they are called, and how they end.
import { expect, it } from 'vitest'
import type { Composition } from '../../../src/cli/composition.ts'
import type { Tested } from '../../../src/cli/live.ts'
import { stateDir } from '../../support/cli.ts'

const good: Tested = {
  ...{ key: 'alloy@dns', passed: true },
  stages: [{ name: 'journal', passed: true, message: 'it is there' }],
}
const bad: Tested = {
  ...{ key: 'alloy@caddy', passed: false },
  stages: [...good.stages, { name: 'loki', passed: false, message: 'not to be had\u001b[2J' }],
}

/** Runs it where the test comes to this, and returns what was asked too. */
async function run(words: string[], tested: Tested[]) {
  await using dir = await stateDir()
  const asked: unknown[] = []
  const test: Composition['testLogs'] = async (options) => {
    const { component, timeoutMs } = options
    asked.push({ component, timeoutMs })
    for (const one of tested) options.onTested(one)
    return tested
  }
  return { ...(await dir.run(['test', ...words], { testLogs: test, testSignOn: test })), asked }
}

it.each(['logs', 'sso'])('%s shows every stage, and ends with 1 when one is not passed', async (kind) => {
  const { out, exitCode } = await run([kind], [good, bad])
  expect(out.split('\n')).toEqual([
    'alloy@dns:',
    '  ✓ journal   it is there',
    'alloy@caddy:',
    '  ✓ journal   it is there',
    '  ✗ loki      not to be had\\e[2J',
    '',
  ])
  expect(exitCode).toBe(1)
  expect((await run([kind], [good])).exitCode).toBe(0)
})

it('is a document for programs', async () => {
  const { out, exitCode } = await run(['logs', '-o', 'json', '--component', 'alloy', '--timeout', '1m'], [bad])
  expect(JSON.parse(out)).toEqual({ apiVersion: 'homeostat/v1', kind: 'LogTest', shippers: [bad] })
  expect(exitCode).toBe(1)
  const { asked } = await run(['logs', '--component', 'alloy', '--timeout', '1m'], [bad])
  expect(asked).toEqual([{ component: 'alloy', timeoutMs: 60_000 }])
})

it('says where there is nothing to test', async () => {
  await expect(run(['logs', '--component', 'x'], [])).rejects.toThrow(/no enabled log shipper .* called x/)
  await expect(run(['sso'], [])).rejects.toThrow(/no enabled reverse proxy/)
})
