// A marked line on its way into a log database and back: there, refused, lost, too late.
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { LogStore } from '../../../src/lab/stand-ins/log-store.ts'
import { readPush } from '../../../src/lab/stand-ins/push-format.ts'
import type { LogRoundTripProbe } from '../../../src/model/probe.ts'
import { createProber } from '../../../src/probe/create-prober.ts'
import type { ProbeContext } from '../../../src/probe/prober.ts'
import { loopbackTransport } from './loopback-transport.ts'
import { contextWith, observationOf } from './probe-context.ts'
import { serveHttp } from './servers.ts'

const labels = { job: 'homeostat' }
/** A host whose clock is an hour behind ours: Loki judges lines by its own. */
const hostTimeMs = Date.now() - 3_600_000
const observation = { ...observationOf({}), startedAtMs: Date.now(), hostTimeMs }

function newStore(): LogStore {
  const directory = mkdtempSync(join(tmpdir(), 'homeostat-logs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return new LogStore(directory, 86_400_000)
}

/** Loki's two pages over a store; `pushed` decides what becomes of a push. */
function servesLogs(store: LogStore, pushed: (body: Buffer) => number = takeInto(store)): Promise<number> {
  return serveHttp(async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://loki')
    if (request.method === 'POST') return void response.writeHead(pushed(await buffer(request))).end('no room')
    const bound = (name: string) => BigInt(url.searchParams.get(name) ?? 0)
    const found = store.select(url.searchParams.get('query') ?? '', {
      start: bound('start'),
      end: bound('end'),
      limit: 1,
    })
    const result = found.map(({ at, line, labels: stream }) => ({ stream, values: [[`${at}`, line]] }))
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'streams', result } }))
  })
}

const takeInto = (store: LogStore) => (body: Buffer) => {
  store.add(readPush(body, 'application/json'))
  return 204
}

async function judged(port: number, probe: Partial<LogRoundTripProbe> = {}, context: Partial<ProbeContext> = {}) {
  const whole: LogRoundTripProbe = {
    kind: 'log-round-trip',
    name: 'logs',
    address: '127.0.0.1',
    port,
    through: 'push',
    labels,
    timeoutMs: 15_000,
    ...probe,
  }
  const [result] = await createProber()([whole], contextWith({ observation, ...context }))
  return result
}

test('passes when a line that was pushed can be read back', async () => {
  const store = newStore()
  const result = await judged(await servesLogs(store))
  expect(result).toMatchObject({ passed: true })
  expect(result?.message).toMatch(/^a marked line pushed to Loki at http:\/\/127\.0\.0\.1:\d+ could be read back$/)
  const [line] = store.select('{job="homeostat"}', { start: 0n, end: 10n ** 20n, limit: 2 })
  expect(line?.line).toMatch(/^homeostat-[0-9a-f-]{36} was sent to see whether it arrives$/)
  expect(Math.abs(Number((line?.at ?? 0n) / 1_000_000n) - hostTimeMs)).toBeLessThan(60_000)
})

test('is not content with the line of another round', async () => {
  const store = newStore()
  await judged(await servesLogs(store))
  const result = await judged(await servesLogs(store, () => 204), { timeoutMs: 1_500 })
  expect(result).toMatchObject({ passed: false, certain: false })
  expect(result?.message).toMatch(/could not be read back within 1500 ms: it is not among what Loki has$/)
})

test('says what Loki said to the push', async () => {
  const result = await judged(await servesLogs(newStore(), () => 429))
  expect(result).toMatchObject({ passed: false, certain: false })
  expect(result?.message).toMatch(/on monitoring did not take a pushed line: it answered 429: "no room"$/)
})

test('says what Loki said to the question', async () => {
  const port = await serveHttp((request, response) =>
    response.writeHead(request.method === 'POST' ? 204 : 500).end('oh'),
  )
  expect((await judged(port))?.message).toMatch(/it was asked for, and Loki answered 500: "oh"$/)
})

test('writes to the journal and waits until the line has come through', async () => {
  const store = newStore()
  const seen: { argv: string[]; stdin: unknown }[] = []
  const run: ReturnType<typeof loopbackTransport>['run'] = async (argv, { stdin }) => {
    seen.push({ argv, stdin })
    const at = BigInt(hostTimeMs) * 1_000_000n
    setTimeout(() => store.add([{ labels: { job: 'systemd-journal' }, entries: [[at, String(stdin).trim()]] }]), 400)
    return { exitCode: 0, stdout: Buffer.of(), stderr: Buffer.of(), durationMs: 1 }
  }
  const port = await servesLogs(store, () => 500)
  const result = await judged(
    port,
    { through: 'journal', labels: { job: 'systemd-journal' }, timeoutMs: 15_000 },
    { transport: loopbackTransport({ run }) },
  )
  expect(result).toMatchObject({ passed: true })
  expect(result?.message).toContain('a marked line of the journal of monitoring for Loki at')
  expect(seen).toEqual([
    { argv: ['systemd-cat', '--identifier=homeostat'], stdin: expect.stringMatching(/^homeostat-[^\n]*\n$/) },
  ])
})
