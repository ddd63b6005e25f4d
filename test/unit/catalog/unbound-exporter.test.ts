// The script behind the unbound exporter, run by this machine's own sh and awk.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { exporterScript } from '../../../src/catalog/unbound-exporter-script.ts'

const directory = mkdtempSync(join(tmpdir(), 'homeostat-unbound-'))
afterAll(() => rmSync(directory, { recursive: true }))

function program(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

// Lines of unbound 1.17.1, with a second thread.
const statistics = `thread0.num.queries=7
thread0.num.cachehits=1
thread0.requestlist.current.all=0
thread1.num.queries=3
total.num.queries=10
total.recursion.time.avg=0.2
time.up=89.965253
mem.cache.rrset=66072
mem.mod.validator=66352
histogram.000000.000000.to.000000.000001=0
histogram.000000.262144.to.000000.524288=2
histogram.524288.000000.to.1048576.000000=1
num.query.type.A=4
num.query.tcp=2
num.query.edns.DO=0
num.query.flags.RD=4
num.answer.rcode.NOERROR=4
unwanted.queries=42
`
const script = program('exporter', exporterScript)
const answering = program('answering', `#!/bin/sh\ncat << 'END'\n${statistics}END\n`)
const failing = program('failing', '#!/bin/sh\necho "connect: No such file or directory" >&2\nexit 1\n')

function asked(request: string, control = answering) {
  const { stdout, stderr } = spawnSync('/bin/sh', [script], {
    input: request,
    encoding: 'utf8',
    env: { UNBOUND_CONTROL: control, PATH: process.env.PATH },
  })
  const [head = '', ...body] = stdout.split('\r\n\r\n')
  return { status: head.split('\r\n')[0], head, body: body.join('\r\n\r\n'), stderr }
}

test('is clean for shellcheck', (context) => {
  const { error, stdout } = spawnSync('shellcheck', ['--severity=style', script], { encoding: 'utf8' })
  if (error !== undefined && process.env.CI !== 'true') context.skip('shellcheck is not here: NOT CHECKED')
  expect(stdout).toBe('')
})

test('answers with the numbers of unbound, each metric in one piece', () => {
  const { status, head, body } = asked('GET /metrics HTTP/1.1\r\nHost: dns:9167\r\n\r\n')
  expect(status).toBe('HTTP/1.1 200 OK')
  expect(head).toContain('Content-Type: text/plain; version=0.0.4')
  for (const line of [
    'unbound_up 1',
    '# TYPE unbound_queries_total counter\nunbound_queries_total{thread="0"} 7\nunbound_queries_total{thread="1"} 3',
    'unbound_request_list_current_all{thread="0"} 0',
    'unbound_time_up_seconds_total 89.965253',
    'unbound_memory_caches_bytes{cache="rrset"} 66072',
    'unbound_memory_modules_bytes{module="validator"} 66352',
    'unbound_query_types_total{type="A"} 4',
    'unbound_query_flags_total{flag="RD"} 4',
    'unbound_query_tcp_total 2',
    'unbound_query_edns_DO_total 0',
    'unbound_answer_rcodes_total{rcode="NOERROR"} 4',
    'unbound_unwanted_queries_total 42',
    'unbound_response_time_seconds_bucket{le="0.524288"} 2',
    'unbound_response_time_seconds_bucket{le="+Inf"} 3',
    'unbound_response_time_seconds_sum 0.6',
    'unbound_response_time_seconds_count 3',
  ])
    expect(`\n${body}`).toContain(`\n${line}\n`)
  expect(body).not.toMatch(/total_num|thread="[^01]/)
})

test('says so where unbound does not answer, and why in the journal', () => {
  const { status, body, stderr } = asked('GET /metrics HTTP/1.1\r\n\r\n', failing)
  expect(status).toBe('HTTP/1.1 200 OK')
  expect(body).toBe('# TYPE unbound_up gauge\nunbound_up 0\n')
  expect(stderr).toBe('unbound-control: connect: No such file or directory\n')
})

test.each(['GET / HTTP/1.1', 'POST /metrics HTTP/1.1', 'GET /metrics/../etc/passwd HTTP/1.1', 'x'])(
  'has nothing for %s',
  (line) => expect(asked(`${line}\r\n\r\n`).status).toBe('HTTP/1.1 404 Not Found'),
)

test('ends without a request, and reads no endless head', () => {
  expect(asked('').head).toBe('')
  expect(asked(`GET /metrics HTTP/1.1\r\n${'X-A: b\r\n'.repeat(1000)}`).status).toBe('HTTP/1.1 200 OK')
})
