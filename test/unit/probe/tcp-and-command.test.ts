// The tcp and command probes, with real sockets and real programs.
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { CommandProbe, TcpProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { contextWith } from './probe-context.ts'
import { serveRaw, unusedPort } from './servers.ts'

const prober = createProber()

function tcp(port: number): TcpProbe {
  return { kind: 'tcp', name: 'listens', address: '127.0.0.1', port, timeoutMs: 15_000 }
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

test('tcp judges the greeting where one is asked for', async () => {
  const greeting = async (said: string | undefined, timeoutMs = 15_000) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      if (said !== undefined) socket.end(said)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const [found] = await prober([{ ...tcp(port), greeting: '^220 ', timeoutMs }], contextWith())
    return found
  }
  expect(await greeting('220 mail.example.net ESMTP\r\n')).toMatchObject({
    passed: true,
    message: expect.stringContaining('greets with "220 mail.example.net ESMTP"'),
  })
  const busy = await greeting('421 too busy\r\n')
  expect(busy).toMatchObject({ passed: false, certain: false })
  expect(busy?.message).toContain('its greeting does not match /^220 /: "421 too busy"')
  expect((await greeting(''))?.message).toContain('closed this one without a word')
  expect((await greeting(undefined, 200))?.message).toContain('within 200 ms')
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
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  expect(found).toMatchObject({ passed: false, certain: false })
})

test('command does not pass on endless output', async () => {
  const found = await ran(['yes'])
  expect(found).toMatchObject({ passed: false, certain: false })
  expect(found?.message).toContain('more output than allowed')
})
