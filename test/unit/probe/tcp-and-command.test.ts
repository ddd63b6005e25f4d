// The tcp and command probes, with real sockets and real programs.
import { expect, test } from 'vitest'
import type { CommandProbe, TcpProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { contextWith } from './probe-context.ts'
import { serveRaw, unusedPort } from './servers.ts'

const prober = createProber()

function tcp(port: number): TcpProbe {
  return { kind: 'tcp', name: 'listens', address: '127.0.0.1', port, timeoutMs: 2_000 }
}

async function ran(argv: string[], more: Partial<CommandProbe> = {}) {
  const [found] = await prober([{ kind: 'command', name: 'check', argv, timeoutMs: 5_000, ...more }], contextWith())
  return found
}

test('tcp passes where somebody accepts the connection', async () => {
  const port = await serveRaw(() => undefined)
  const [found] = await prober([tcp(port)], contextWith())
  expect(found).toMatchObject({ name: 'listens', passed: true })
  expect(found?.message).toBe(`127.0.0.1:${port} on monitoring accepts connections`)
})

test('tcp does not pass on a refused connection, and does not give it up', async () => {
  const [found] = await prober([tcp(await unusedPort())], contextWith())
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('accepts no connection')
})

test('command passes on exit 0', async () => {
  expect(await ran(['true'])).toMatchObject({ passed: true })
})

test('command passes on a matching output, line by line', async () => {
  expect(await ran(['printf', 'version 1\nready\n'], { stdout: '^ready$' })).toMatchObject({ passed: true })
})

test('command shows what was said where the exit is not 0', async () => {
  const found = await ran(['sh', '-c', 'echo to stdout; echo "no such database" >&2; exit 3'])
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('on monitoring ended with exit 3: "no such database"')
})

test('command shows the output that does not match', async () => {
  const found = await ran(['echo', 'not yet'], { stdout: '^ready$' })
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('its output does not match /^ready$/: "not yet"')
})

test('command ends with its deadline', async () => {
  const startedAt = performance.now()
  const found = await ran(['sleep', '60'], { timeoutMs: 200 })
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  expect(found).toMatchObject({ passed: false, certain: false })
})

test('command does not pass on endless output', async () => {
  const found = await ran(['yes'])
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('more output than allowed')
})
