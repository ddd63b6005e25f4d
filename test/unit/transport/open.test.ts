// The folder as `main` loads it, outside the test runner.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('loads in plain Node, which finds fewer exports in ssh2 than the test runner does', () => {
  const path = fileURLToPath(new URL('../../../src/transport/open.ts', import.meta.url))
  const script = `import { openTransport } from ${JSON.stringify(path)}; console.log(typeof openTransport)`
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toBe('function\n')
})
