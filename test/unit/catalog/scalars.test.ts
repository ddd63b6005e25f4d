// The small values of the YAML: durations, ports, paths, names, modes.
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import * as scalars from '../../../src/catalog/scalars.ts'

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success
const complaint = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues[0]?.message

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['15s', 15_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
  ])('%s is %d milliseconds', (text, milliseconds) => {
    expect(accepts(scalars.duration(), text)).toBe(true)
    expect(scalars.durationMs(text)).toBe(milliseconds)
  })

  test.each(['15', 15, '1h30m', '-1s', '1.5h', '01s', '15 s', '15S', '1w', '', undefined, '9999999999d'])(
    'refuses %o',
    (value) => expect(complaint(scalars.duration(), value)).toContain('expected a duration: a whole number and ms, s'),
  )

  test('has bounds that belong to it', () => {
    const between = scalars.duration({ min: '1s', max: '1m' })
    expect(['999ms', '1s', '60s', '61s'].map((text) => accepts(between, text))).toEqual([false, true, true, false])
    expect(complaint(between, '1h')).toBe('expected a duration from 1s to 1m')
  })

  test('is not read from text that is none', () => {
    expect(() => scalars.durationMs('soon')).toThrow(RangeError)
  })
})

test('a port is a whole number from 1 to 65535', () => {
  expect([1, 65_535, 0, 65_536, 90.5, '9090'].map((value) => accepts(scalars.port, value))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

describe('a path', () => {
  test.each(['/etc/motd', '/a', '/.a', '/a/..b', '/srv/time series'])(
    '%s is absolute and in its shortest form',
    (path) => expect(accepts(scalars.absolutePath, path)).toBe(true),
  )
  test.each(['/', 'etc', '/a/', '//a', '/a//b', '/a/../b', '/..', '/a/.', '/a\nb', '/a\0', ''])(
    '%j is refused',
    (path) => expect(accepts(scalars.absolutePath, path)).toBe(false),
  )
  test.each(['../a', 'a/../../b', '/a', 'a/', '.', ''])(
    '%j leads out of the desired-state directory or nowhere',
    (path) => expect(accepts(scalars.relativePath, path)).toBe(false),
  )
  test('of any length is judged at once', () => {
    const long = [`/${'a/'.repeat(510)}\n`, `/${'a'.repeat(1000)}\n`]
    const before = process.cpuUsage()
    expect(long.map((path) => accepts(scalars.absolutePath, path))).toEqual([false, false])
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500)
  })
})

test('permission bits have to be in quotes, since an unquoted 0640 is another number', () => {
  expect(scalars.modeBits('0640')).toBe(0o640)
  expect(accepts(scalars.fileMode, '0640')).toBe(true)
  expect(complaint(scalars.fileMode, 640)).toContain('in quotes')
  expect(['640', '0648', '04755', '0o640'].map((text) => accepts(scalars.fileMode, text))).toEqual(Array(4).fill(false))
})

test.each([
  [
    scalars.unitName,
    ['caddy.service', 'getty@tty1.service', 'a-b.timer'],
    ['caddy', '-x.service', 'getty@.service', 'a/b.service'],
  ],
  [
    scalars.packageName,
    ['caddy', 'g++', 'caddy=2.6.2-5', 'libc6=1:2.36~rc1'],
    ['Caddy', 'a', '-y', 'caddy=', 'caddy=x y'],
  ],
  [scalars.userName, ['www-data', '_apt'], ['-x', 'Root', '1a', 'a'.repeat(33)]],
  [scalars.resourceName, ['a', 'node-exporter', 'db.1'], ['', 'A', '-a', 'a-', 'a@b', 'a'.repeat(64)]],
  [scalars.hostAddress, ['10.0.0.3', '::1', 'db.example.net', 'db'], ['10.0.0.300', '1.2.3', 'a b', '-', 'a..b', '']],
  [scalars.oneLine, ['a b', 'ü'], ['', 'a\nb', 'a\0', 'a\x1b[0m']],
  [scalars.extraFlags, [[], ['--a=b', '-v']], [['a'], ['--a\n--b'], '--a']],
] as const)('names are held to their alphabet (%#)', (schema, good, bad) => {
  expect([...good].filter((value) => !accepts(schema, value))).toEqual([])
  expect([...bad].filter((value) => accepts(schema, value))).toEqual([])
})
