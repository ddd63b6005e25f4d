// Regular expressions in bounded time: what they find, and the ways in which they can be stopped.
import { expect, test } from 'vitest'
import { matches, maxMatchedLength } from '../../../src/secrets/pattern.ts'

const long = 'a'.repeat(maxMatchedLength)

test.each([
  ['^pg_up 1$', '# HELP pg_up\npg_up 1\n', 'yes'],
  ['^pg_up 1$', 'pg_up 10\n', 'no'],
  ['', '', 'yes'],
  ['(', '', 'malformed'],
  ['a$', 'a'.repeat(1_000), 'yes'],
  ['^up\\{\\w="x"\\} 1$', '# HELP up\nup{a="x"} 1\n', 'yes'],
  [')', ')', 'malformed'],
  ['\\', '', 'malformed'],
  ['^(?:up|down) \\d+$', 'down 12\n', 'yes'],
])('/%s/ on a text', (pattern, text, verdict) => {
  expect(matches(pattern, text)).toBe(verdict)
})

test.each([
  ['tries every way to split a text', '(a+)+$', `${'a'.repeat(60)}b`],
  ['starts anew at every letter', '(?:a|b)*?c', long],
  ['remembers more places to go back to than V8 has room for', '^(?:(a)|(b)|c)*d', long],
])('a pattern that %s is stopped', (_case, pattern, text) => {
  const startedAt = performance.now()
  expect(matches(pattern, text)).toBe('too-hard')
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  // The next one is not the worse for it.
  expect(matches('^ok$', 'ok')).toBe('yes')
})

test('what lies beyond the longest text is not looked at', () => {
  expect(matches('b', `${long}b`)).toBe('no')
})
