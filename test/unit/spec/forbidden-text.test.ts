// What must not be in a text: each such character, at its place, and nothing that people write.
import { describe, expect, it } from 'vitest'
import { findForbidden } from '../../../src/spec/forbidden-text.ts'
import { MAX_FILE_LENGTH } from '../../../src/spec/limits.ts'

describe('a text', () => {
  it.each([
    0x0, 0x8, 0xb, 0xc, 0xe, 0x1b, 0x1f, 0x7f, 0x80, 0x9f, 0x61c, 0x200e, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069,
    0xfffd, 0xfeff, 0xd800, 0xdbff, 0xdc00, 0xdfff,
  ])('with the character %i is told with its place', (code) => {
    const shown = code.toString(16).toUpperCase().padStart(4, '0')
    expect(findForbidden(`a\n${String.fromCharCode(code)}b${String.fromCharCode(code)}`)).toEqual({
      offset: 2,
      message: `the character U+${shown} is not allowed here, expected visible text`,
    })
  })

  it.each(['', 'a: b\r\n\tc', 'ü é 漢', '👩‍🔧', '\ufeffa', '\u00a0\u200d', ' ~\u2010\u2029'])('%j is fit', (text) => {
    expect(findForbidden(text)).toBeUndefined()
  })

  it('has its bound', () => {
    expect(findForbidden('x'.repeat(MAX_FILE_LENGTH))).toBeUndefined()
    expect(findForbidden('x'.repeat(MAX_FILE_LENGTH + 1))).toEqual({
      offset: 0,
      message: 'the file has 1048577 characters, expected at most 1048576',
    })
  })
})
