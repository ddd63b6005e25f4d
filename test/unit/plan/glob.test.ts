// Which paths a pattern stands for.
import { expect, it } from 'vitest'
import { matchesGlob } from '../../../src/plan/glob.ts'

it.each([
  ['/etc/x.conf', '/etc/x.conf', true],
  ['/etc/x.conf', '/etc/xaconf', false],
  ['/etc/*.conf', '/etc/x.conf', true],
  ['/etc/*.conf', '/etc/.conf', true],
  ['/etc/*.conf', '/etc/y/x.conf', false],
  ['/etc/*/x.conf', '/etc/y/x.conf', true],
  ['/etc/a?c', '/etc/abc', true],
  ['/etc/a?c', '/etc/ac', false],
  ['/etc/**', '/etc/y/z/x.conf', true],
  ['/etc/**', '/etc', true],
  ['/etc/**/x.conf', '/etc/x.conf', true],
  ['/etc/**/x.conf', '/etc/a/b/x.conf', true],
  ['/etc/**/x.conf', '/etc/a/b/x.conf.d', false],
  ['/**/b/**/d', '/a/b/b/c/d', true],
  ['/etc/a*b*c', '/etc/aXbYbZc', true],
  ['/etc/[ab]', '/etc/a', false],
  ['/', '/', true],
])('%s and %s: %s', (glob, path, is) => {
  expect(matchesGlob(glob, path)).toBe(is)
})

it('takes no time to speak of, whatever the pattern', () => {
  const before = process.cpuUsage().user
  expect(matchesGlob(`/${'a*'.repeat(500)}b`, `/${'a'.repeat(1_000)}c`)).toBe(false)
  expect(matchesGlob(`${'/**/a'.repeat(200)}/b`, `${'/a'.repeat(500)}/c`)).toBe(false)
  expect(process.cpuUsage().user - before).toBeLessThan(1_000_000)
})
