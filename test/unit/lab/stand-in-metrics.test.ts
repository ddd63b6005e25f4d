// What the stand-in for Loki says of itself to Prometheus: what it was really asked, took in and refused.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Metrics } from '../../../src/lab/stand-ins/metrics.ts'
import { recordedMetrics } from '../../support/asked-queries.ts'
import { fixtureText } from '../../support/catalog-fixture.ts'

const scratch = mkdtempSync(join(tmpdir(), 'homeostat-stand-in-'))
let child: ChildProcess
let base: string

beforeAll(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const config = fixtureText('loki-defaults', 'etc/homeostat/loki/loki.yaml')
    .replaceAll('/var/lib/loki', scratch)
    .replace('3100', `${port}`)
  writeFileSync(join(scratch, 'loki.yaml'), config)
  const program = join(import.meta.dirname, '../../../src/lab/stand-ins/loki.ts')
  child = spawn(process.execPath, [program, '-config.file', join(scratch, 'loki.yaml')], { stdio: 'ignore' })
  base = `http://127.0.0.1:${port}`
  const deadlineMs = Date.now() + 60_000
  while (!(await fetch(`${base}/metrics`).catch(() => undefined))?.ok && Date.now() < deadlineMs) await sleep(100)
}, 70_000)
afterAll(() => {
  child.kill()
  rmSync(scratch, { recursive: true })
})

test('it counts lines, bytes, streams, what it refuses, and requests by how they ended', async () => {
  const push = async (unit: string, ageMs: number) => {
    const values = [[`${Date.now() - ageMs}000000`, 'öne']]
    const body = JSON.stringify({ streams: [{ stream: { unit }, values }] })
    return (
      await fetch(`${base}/loki/api/v1/push`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    ).status
  }
  expect([await push('a', 0), await push('b', 1_000), await push('b', 30 * 86_400_000)]).toEqual([204, 204, 400])
  const served = await (await fetch(`${base}/metrics`)).text()
  const pushed = 'loki_request_duration_seconds_count{method="POST",route="loki_api_v1_push"'
  for (const line of [
    'loki_distributor_lines_received_total{tenant="fake"} 3',
    'loki_distributor_bytes_received_total{tenant="fake"} 12',
    'loki_ingester_memory_streams{tenant="fake"} 2',
    'loki_discarded_samples_total{reason="greater_than_max_sample_age",tenant="fake"} 1',
    `${pushed},status_code="204",ws="false"} 2`,
    `${pushed},status_code="400",ws="false"} 1`,
  ])
    expect(served.split('\n')).toContain(line)
})

test('it serves no name and no label that the real one has not', async () => {
  const served = (await (await fetch(`${base}/metrics`)).text()).split('\n').filter((line) => line.startsWith('loki_'))
  for (const line of served) {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? []
    if (name === 'loki_build_info') continue
    const known = recordedMetrics.loki?.[name.replace(/_sum$/, '_count')]
    expect(known, name).toBeDefined()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) expect(known, line).toContain(label)
  }
})

test('what takes longer is in fewer buckets', () => {
  const metrics = new Metrics()
  metrics.observe('x', {}, 0.3)
  metrics.observe('x', {}, 7)
  const lines = metrics.text().split('\n')
  for (const line of [
    'x_bucket{le="0.25"} 0',
    'x_bucket{le="0.5"} 1',
    'x_bucket{le="10"} 2',
    'x_bucket{le="+Inf"} 2',
    'x_count 2',
    'x_sum 7.3',
  ])
    expect(lines).toContain(line)
})
