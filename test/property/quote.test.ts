// Quoting, judged by real shells: whatever the words are, a program gets exactly them.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forAnyShell, quote, quoteArgv } from '../../src/transport/quote.ts'
import { needProgram } from '../contract/transport-sshd.ts'

const nasty = fc.constantFrom(
  "'",
  '"',
  '\\',
  '$',
  '`',
  '!',
  '\n',
  '\r',
  '\t',
  ' ',
  '*',
  '?',
  '~',
  '#',
  '&',
  ';',
  '|',
  '(',
  '{',
  '%',
  '-',
  '=',
  '^',
  '€',
  '𝄞',
  '\u0001',
  '\u007f',
)
const character = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.string({ minLength: 1, maxLength: 3 }),
)
const word = fc.array(character, { maxLength: 12 }).map((parts) => parts.join('').replaceAll('\0', '').toWellFormed())
const words = fc.array(word, { minLength: 1, maxLength: 20 })

/** What `printf` got, as a shell understood the line. */
function received(shell: string, line: string): string[] {
  const output = execFileSync(shell, ['-c', line], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
    maxBuffer: 1e7,
  })
  return output.split('\0').slice(0, -1)
}

describe('quoteArgv', () => {
  it.each(['sh', 'bash'])('survives %s for any words', (shell) => {
    fc.assert(
      fc.property(words, (argv) => {
        expect(received(shell, quoteArgv(['printf', '%s\\0', ...argv]))).toEqual(argv)
      }),
      { numRuns: 100 },
    )
  })

  it('survives for every single byte but NUL', () => {
    const argv = Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1))
    expect(received('sh', quoteArgv(['printf', '%s\\0', ...argv]))).toEqual(argv)
  })

  it('refuses a NUL byte and an empty command', () => {
    expect(() => quote('a\0b')).toThrow(RangeError)
    expect(() => quoteArgv([])).toThrow(RangeError)
  })
})

describe('forAnyShell', () => {
  it.each(['sh', 'bash', 'fish', 'tcsh'])(
    'survives %s as the login shell for any words',
    (shell) => {
      needProgram(shell)
      fc.assert(
        fc.property(words, (argv) => {
          expect(received(shell, forAnyShell(quoteArgv(['printf', '%s\\0', ...argv])))).toEqual(argv)
        }),
        { numRuns: shell === 'fish' ? 25 : 50 },
      )
    },
    60_000,
  )
})
