// The prober on a transport that ships: the local one. Over SSH the same is shown on a real host, in test/lab/probe.test.ts.
import { expect, test } from 'vitest'
import type { Probe } from '../../src/model/probe.ts'
import { createProber } from '../../src/probe/create-prober.ts'
import { localTransport } from '../../src/transport/local.ts'
import { contextWith, httpProbe } from '../unit/probe/probe-context.ts'
import { flood, serveHttp, serveRaw, unusedPort } from '../unit/probe/servers.ts'

const prober = createProber()
const here = { address: '127.0.0.1', timeoutMs: 5_000 }

async function probed(...probes: Probe[]) {
  return prober(probes, contextWith({ transport: localTransport('monitoring', { sudo: false }) }))
}

test('services that work pass', async () => {
  const port = await serveHttp((_request, response) => response.end('{"database":"ok"}'))
  const results = await probed(
    httpProbe(port, { expect: { status: [200], json: [{ path: 'database', equals: 'ok' }], body: '"ok"' } }),
    { ...here, kind: 'tcp', name: 'listens', port },
    {
      kind: 'command',
      name: 'runs',
      argv: ['printf', '%s\n', "it's $HOME; ready"],
      stdout: "^it's \\$HOME; ready$",
      timeoutMs: 5_000,
    },
  )
  expect(results.map(({ name, passed }) => [name, passed])).toEqual([
    ['ready', true],
    ['listens', true],
    ['runs', true],
  ])
})

test('services that do not answer, or not rightly, do not pass and are not given up', async () => {
  const nobody = await unusedPort()
  const silent = await serveRaw(() => undefined)
  const endless = await serveRaw((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    flood(socket, Buffer.alloc(64 * 1024, 'x'))
  })
  const results = await probed(
    httpProbe(nobody),
    { ...here, kind: 'tcp', name: 'listens', port: nobody },
    httpProbe(silent, { timeoutMs: 200 }),
    httpProbe(endless, { expect: { status: [200], body: 'ok' } }),
    { kind: 'command', name: 'fails', argv: ['sh', '-c', 'echo broken >&2; exit 4'], timeoutMs: 5_000 },
    { kind: 'command', name: 'hangs', argv: ['sleep', '60'], timeoutMs: 300 },
    { kind: 'command', name: 'is not there', argv: ['/no/such/program'], timeoutMs: 5_000 },
    { kind: 'command', name: 'floods', argv: ['yes'], timeoutMs: 5_000 },
  )
  for (const result of results) expect(result).toMatchObject({ passed: false, certain: false })
  expect(results[4]?.message).toContain('ended with exit 4: "broken"')
  expect(results[6]?.message).toContain('ended with exit 127')
})
