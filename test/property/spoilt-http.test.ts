// Whatever a service answers, byte for byte: a probe has a verdict and one printable sentence, and whoever asks an API has an answer or a
// reason. Nothing passes by mistake, nothing throws, nothing hangs.
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countAttempts, findAlert } from '../../src/probe/alertmanager-api.ts'
import { createProber } from '../../src/probe/create-prober.ts'
import { askPrometheus } from '../../src/probe/prometheus-api.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { corpusBytes } from '../support/corpus.ts'
import { loopbackTransport } from '../unit/probe/loopback-transport.ts'
import { contextWith, httpProbe } from '../unit/probe/probe-context.ts'

const place = { address: '127.0.0.1', port: 1, timeoutMs: 2_000 }
const signal = new AbortController().signal

/** Whoever is asked says this, in two pieces, and hangs up. */
function saying(bytes: Uint8Array): Transport {
  const connect = async () => {
    const stream: Duplex = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    stream.push(bytes.subarray(0, bytes.length / 2))
    setImmediate(() => {
      stream.push(bytes.subarray(bytes.length / 2))
      stream.push(null)
    })
    return stream
  }
  return loopbackTransport({ connect })
}

async function ask(bytes: Uint8Array): Promise<void> {
  const transport = saying(bytes)
  const wire = { transport, signal }
  const startedAtMs = performance.now()
  const expected = { status: [200], json: [{ path: 'status', equals: 'success' }], body: '"never there"' }
  const [result] = await createProber()(
    [httpProbe(1, { expect: expected, timeoutMs: 2_000 })],
    contextWith({ transport }),
  )
  expect(result?.passed).toBe(false)
  expect(result?.message.length).toBeLessThan(2_000)
  expect(result?.message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
  const vector = z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) })
  const answered = await askPrometheus(place, '/api/v1/query?query=up', vector, wire)
  if (!answered.ok) expect(answered.message).not.toBe('')
  const alert = await findAlert(place, ['alertname', 'x'], wire)
  if (!alert.ok) expect(alert.problem).not.toBe('')
  const counted = await countAttempts(place, wire)
  if (!counted.ok) expect(counted.problem).not.toBe('')
  expect(performance.now() - startedAtMs).toBeLessThan(20_000)
}

const spoils = fc.record({
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(30),
  put: fc.uint8Array({ maxLength: 30 }),
})
const spoilt = (bytes: Uint8Array) =>
  fc.array(spoils, { minLength: 1, maxLength: 4 }).map((all) =>
    all.reduce<Uint8Array>((done, { from, cut, put }) => {
      const at = Math.floor(from * done.length)
      return Buffer.concat([done.subarray(0, at), put, done.subarray(at + cut)])
    }, bytes),
  )

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe('a service', () => {
  it.each(corpusBytes('http'))('that answers with the seed %s, or with that spoilt', async (_, seed) => {
    await ask(seed)
    await fc.assert(fc.asyncProperty(spoilt(seed), ask), { numRuns: 10 })
  })

  it('that answers with any bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), ask), { numRuns: 50 })
  })
})
