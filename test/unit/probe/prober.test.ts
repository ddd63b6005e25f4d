// The prober as a whole: all probes at once, each in its own time, and the difference between a failing service and a lost host.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Probe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import { TransportError, type TransportErrorKind } from '../../../src/transport/transport.ts'
import { loopbackTransport } from './loopback-transport.ts'
import { contextWith, httpProbe, observationOf, unitFact } from './probe-context.ts'
import { serveHttp, serveRaw } from './servers.ts'

const prober = createProber()
const unitProbe: Probe = { kind: 'systemd', name: 'unit', unit: 'x.service', timeoutMs: 1_000 }
const observation = observationOf({ 'x.service': unitFact() })

function lost(kind: TransportErrorKind) {
  return new TransportError(kind, 'monitoring', `the connection is ${kind}`, { sent: true })
}

test('gives results in the order of the probes', async () => {
  const slow = await serveRaw(() => undefined)
  const quick = await serveHttp((_request, response) => response.end())
  const probes = [httpProbe(slow, { name: 'slow', timeoutMs: 200 }), httpProbe(quick, { name: 'quick' }), unitProbe]
  const results = await prober(probes, contextWith({ observation }))
  expect(results.map(({ name, passed }) => [name, passed])).toEqual([
    ['slow', false],
    ['quick', true],
    ['unit', true],
  ])
})

test('runs all probes at once', async () => {
  // The server answers nobody before all three have asked.
  const waiting: (() => void)[] = []
  const port = await serveHttp((_request, response) => {
    waiting.push(() => response.end())
    if (waiting.length === 3) for (const answer of waiting) answer()
  })
  const probes = ['/a', '/b', '/c'].map((path) => httpProbe(port, { path }))
  const results = await prober(probes, contextWith())
  expect(results.map((result) => result.passed)).toEqual([true, true, true])
})

test('asks for a page once in a round, whatever is expected of it, and anew in the next', async () => {
  let asked = 0
  const port = await serveHttp((_request, response) => {
    asked += 1
    response.end(asked === 1 ? 'up 1\n' : 'up 0\n')
  })
  const expecting = (name: string, body: string) => httpProbe(port, { name, expect: { status: [200], body } })
  const probes = [expecting('it is up', '^up 1$'), expecting('it is not', '^up 0$')]
  const outcome = async () => (await prober(probes, contextWith())).map(({ passed }) => passed)
  expect(await outcome()).toEqual([true, false])
  expect(asked).toBe(1)
  expect(await outcome()).toEqual([false, true])
  expect(asked).toBe(2)
})

test('who waits for the same page hears that nothing came', async () => {
  const port = await serveRaw(() => undefined)
  const probes = [httpProbe(port, { name: 'one', timeoutMs: 150 }), httpProbe(port, { name: 'other', timeoutMs: 150 })]
  const results = await prober(probes, contextWith())
  expect(results.map(({ name, passed }) => [name, passed])).toEqual([
    ['one', false],
    ['other', false],
  ])
})

test('has nothing to say about no probes', async () => {
  expect(await prober([], contextWith())).toEqual([])
})

test.each<TransportErrorKind>(['unreachable', 'authentication', 'host-key', 'privilege', 'lost'])(
  'throws where the host itself is out of reach (%s)',
  async (kind) => {
    const transport = loopbackTransport({ connect: () => Promise.reject(lost(kind)) })
    await expect(prober([unitProbe, httpProbe(1)], contextWith({ observation, transport }))).rejects.toMatchObject({
      kind,
    })
  },
)

test('throws where the host is lost in the middle of an answer', async () => {
  const stream = new PassThrough()
  const transport = loopbackTransport({ connect: async () => stream })
  const round = prober([httpProbe(1)], contextWith({ transport }))
  stream.once('data', () => stream.destroy(lost('lost')))
  await expect(round).rejects.toMatchObject({ name: 'TransportError', kind: 'lost' })
})

test('ends the whole round when the host is lost', async () => {
  const gone = Promise.withResolvers<void>()
  const port = await serveRaw((socket) => {
    socket.once('close', () => gone.resolve())
    // Only now that this probe waits for its answer is the host lost for the other one.
    hangs.reject(lost('lost'))
  })
  const hangs = Promise.withResolvers<never>()
  const transport = loopbackTransport({ run: () => hangs.promise })
  const command: Probe = { kind: 'command', name: 'check', argv: ['true'], timeoutMs: 60_000 }
  const round = prober([httpProbe(port, { timeoutMs: 60_000 }), command], contextWith({ transport }))
  await expect(round).rejects.toMatchObject({ kind: 'lost' })
  await gone.promise
})

test.each<TransportErrorKind>(['refused', 'output'])('takes %s as the failure of one probe', async (kind) => {
  const transport = loopbackTransport({
    connect: () => Promise.reject(lost(kind)),
    run: () => Promise.reject(lost(kind)),
  })
  const probes: Probe[] = [
    httpProbe(1),
    { kind: 'tcp', name: 'tcp', address: '127.0.0.1', port: 1, timeoutMs: 1_000 },
    { kind: 'command', name: 'command', argv: ['true'], timeoutMs: 1_000 },
    { kind: 'promql', name: 'promql', address: '127.0.0.1', port: 1, query: 'up', expect: [], timeoutMs: 1_000 },
  ]
  for (const result of await prober(probes, contextWith({ transport }))) {
    expect(result).toMatchObject({ passed: false, certain: false })
    expect(result.message).toContain(`the connection is ${kind}`)
  }
})

test('keeps the deadline of a probe even where the transport does not answer at all', async () => {
  const never = new Promise<never>(() => undefined)
  const transport = loopbackTransport({ connect: () => never })
  const [result] = await prober([httpProbe(1, { timeoutMs: 100 })], contextWith({ transport }))
  expect(result).toMatchObject({ passed: false, certain: false })
  expect(result?.message).toBe('http probe on monitoring: had no complete answer within 100 ms')
})

test('takes a timeout of the transport as the failure of one probe while the host gives signs of life', async () => {
  const transport = loopbackTransport({ connect: () => Promise.reject(lost('timeout')) })
  const [result] = await prober([httpProbe(1)], contextWith({ transport }))
  expect(result).toMatchObject({ passed: false, certain: false })
  expect(result?.message).toContain('the connection is timeout')
})

test('throws where a probe timed out because the whole host went silent', async () => {
  const transport = loopbackTransport({
    connect: () => Promise.reject(lost('timeout')),
    run: () => Promise.reject(lost('timeout')),
  })
  await expect(prober([httpProbe(1), unitProbe], contextWith({ observation, transport }))).rejects.toMatchObject({
    kind: 'unreachable',
  })
})

test('closes a connection that comes only after the deadline', async () => {
  const late = Promise.withResolvers<PassThrough>()
  const transport = loopbackTransport({ connect: () => late.promise })
  await prober([httpProbe(1, { timeoutMs: 50 })], contextWith({ transport }))
  const stream = new PassThrough()
  const closed = new Promise((resolve) => stream.once('close', resolve))
  late.resolve(stream)
  await closed
})

test('is given up with the signal of the caller', async () => {
  const caller = new AbortController()
  const port = await serveRaw(() => caller.abort())
  await expect(prober([httpProbe(port)], contextWith({ signal: caller.signal }))).rejects.toMatchObject({
    kind: 'aborted',
  })
  await expect(prober([unitProbe], contextWith({ observation, signal: caller.signal }))).rejects.toMatchObject({
    kind: 'aborted',
  })
})
