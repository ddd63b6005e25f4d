// The stand-ins: what they read and refuse is what the real programs were seen to read and refuse.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { givenBinaries, notReal } from '../../../src/lab/grafana-packages.ts'
import { readAlloyConfig } from '../../../src/lab/stand-ins/alloy-config.ts'
import { readFlags } from '../../../src/lab/stand-ins/go-program.ts'
import { readIni } from '../../../src/lab/stand-ins/grafana-config.ts'
import { LogStore } from '../../../src/lab/stand-ins/log-store.ts'
import { readLokiConfig } from '../../../src/lab/stand-ins/loki-config.ts'
import { readPush } from '../../../src/lab/stand-ins/push-format.ts'
import { fixtureText } from '../../support/catalog-fixture.ts'

const scratch = mkdtempSync(join(tmpdir(), 'homeostat-stand-ins-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function written(name: string, text: string): string {
  writeFileSync(join(scratch, name), text)
  return join(scratch, name)
}

/** Two lines of one file, as Promtail 3.4.6 sent them. */
const captured =
  'qQHwVQqmAQore2ZpbGVuYW1lPSIvdG1wL2xpbmVzLmxvZyIsIGpvYj0iY2FwdHVyZWQifRIhCgwIk+OR2AYQjo+ohwMSEWZpcnN0IGxpbmUgb2YgdHdvElQKESMw' +
  '6sGuhwMSRHNlY29uZC4kAFAsIHdoaWNoIGlzIGxvbmdlciBhbmRyCwA='

describe('loki', () => {
  const config = fixtureText('loki-defaults', 'etc/homeostat/loki/loki.yaml')
  const read = (text: string) => readLokiConfig(written('loki.yaml', text))

  test('reads what we write', () => {
    expect(read(config)).toMatchObject({ port: 3100, address: '127.0.0.1', retentionMs: 604_800_000, deletes: true })
  })

  test.each([
    ['a misspelt key', 'retention_enabled:', 'retention_enabledd:', 'field retention_enabledd not found in type'],
    ['a duration that is none', '168h', '7 days', 'not a valid duration string'],
    ['a schema that is none', 'schema: v13', 'schema: v99', 'invalid schema version'],
    [
      'an index of half a day',
      'period: 24h',
      'period: 12h',
      'tsdb must always have periodic config for index set to 24h',
    ],
    [
      'retention without its store',
      '  delete_request_store: filesystem\n',
      '',
      'delete-request-store should be configured',
    ],
  ])('refuses %s', (_, from, to, message) => {
    expect(config).toContain(from)
    expect(() => read(config.replace(from, to))).toThrow(message)
  })

  test('takes retention without a compactor, as the real one does, and deletes nothing', () => {
    expect(read(config.replace(/compactor:\n( .*\n)+/, '')).deletes).toBe(false)
  })

  test('reads what a real Promtail sent: protobuf in a snappy block', () => {
    expect(readPush(Buffer.from(captured, 'base64'), 'application/x-protobuf')).toEqual([
      {
        labels: { filename: '/tmp/lines.log', job: 'captured' },
        entries: [
          [1795453331820643726n, 'first line of two'],
          [1795453331820748522n, 'second line of two, which is longer and longer and longer and longer'],
        ],
      },
    ])
  })

  test('keeps lines over a restart, one of two equal ones, and answers as it is asked', () => {
    const directory = join(scratch, 'lines')
    const now = BigInt(Date.now()) * 1_000_000n
    const streams = [
      {
        labels: { job: 'a', unit: 'x.service' },
        entries: [
          [now, 'one'],
          [now, 'one'],
          [now, 'two'],
        ] as [bigint, string][],
      },
    ]
    new LogStore(directory, 60_000).add(streams)
    const store = new LogStore(directory, 60_000)
    const ask = (query: string) =>
      store
        .select(query, { start: 0n, end: now, limit: 9 })
        .map(({ line }) => line)
        .sort()
    expect(ask('{job="a"}')).toEqual(['one', 'two'])
    expect(ask('{unit=~"x.*", job!="b"} |= "t" != "one"')).toEqual(['two'])
    expect(ask('{job="b"}')).toEqual([])
    expect(() => ask('nonsense')).toThrow('parse error')
  })
})

describe('alloy', () => {
  const config = fixtureText('alloy-defaults', 'etc/homeostat/alloy/config.alloy')
  const read = (text: string) => readAlloyConfig(text, 'config.alloy', '/data')

  test('reads what we write', () => {
    expect(read(config)).toMatchObject({
      url: 'http://127.0.0.1:3100/loki/api/v1/push',
      labels: { job: 'systemd-journal', host: 'monitoring' },
      unitLabel: 'unit',
      maxAgeMs: 43_200_000,
      backoff: { minMs: 500, maxMs: 10_000, retries: 0 },
      legacy: { file: '/var/lib/alloy/promtail-positions.yaml', name: 'journal' },
    })
  })

  test.each([
    [
      'a component that is none',
      'loki.source.journal "',
      'loki.source.jurnal "',
      'cannot find the definition of component',
    ],
    ['an attribute that is none', 'max_age ', 'max_aje ', 'unrecognized attribute name "max_aje"'],
    ['a reference that leads nowhere', 'loki.write.loki.receiver', 'loki.write.lokii.receiver', 'does not exist'],
    ['a duration that Go does not know', '"12h"', '"7d"', 'not a valid duration string'],
    ['a brace too few', /\}\n$/, '', 'expected }'],
  ])('refuses %s', (_, from, to, message) => {
    expect(config).not.toBe(config.replace(from, to))
    expect(() => read(config.replace(from, to))).toThrow(message)
  })
})

describe('grafana', () => {
  test('reads its settings, and those that stand in files', () => {
    const password = written('password', ' secret \n')
    const ini = readIni(
      written('grafana.ini', `# x\n[security]\nadmin_password = $__file{${password}}\nname = \`a#b\`\n`),
    )
    expect(ini).toEqual({ security: { admin_password: 'secret', name: 'a#b' } })
    expect(() => readIni(written('grafana.ini', '[a]\nb\n'))).toThrow('key-value delimiter not found')
    expect(() => readIni(written('grafana.ini', '[a]\nb = $__file{/nonexistent}\n'))).toThrow('could not read')
  })
})

test('flags are read as Go reads them', () => {
  const known = { 'config.file': 'value', version: 'switch' } as const
  expect(readFlags(['-config.file=a', '--version', 'x'], known)).toEqual({
    flags: { 'config.file': 'a', version: 'true' },
    words: ['x'],
  })
  expect(() => readFlags(['-nonsense'], known)).toThrow('flag provided but not defined: -nonsense')
})

test('what is no real package is told, and binaries are taken from the environment', () => {
  expect(givenBinaries({ HOMEOSTAT_LAB_LOKI_BIN: '/bin/loki', HOMEOSTAT_LAB_ALLOY_BIN: '' })).toEqual({
    loki: '/bin/loki',
  })
  expect(
    notReal([
      { program: 'loki', kind: 'real package', version: '3.7.8' },
      { program: 'alloy', kind: 'stand-in', version: '1.16.0+standin1' },
    ]),
  ).toEqual(['alloy 1.16.0+standin1 is a STAND-IN, not the real program'])
})
