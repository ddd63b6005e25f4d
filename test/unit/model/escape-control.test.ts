// Nothing that a host says reaches a terminal as a control character, and JSON still means the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginningOf, endOf, escapeControl, escapeSerialized } from '../../../src/model/escape-control.ts'

describe('escapeControl', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\e[31mred\\e[0m'],
    ['two\nlines\r\n', 'two\\nlines\\r\\n'],
    ['\u0007bell', '\\u0007bell'],
    ['\u009b2J', '\\u009b2J'],
    ['right-to-left \u202egnp.exe', 'right-to-left \\u202egnp.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['a tag \u{e0041}', 'a tag \\udb40\\udc41'],
    ['half \ud83d a pair', 'half \\ud83d a pair'],
    ['Zürich 東京 😀', 'Zürich 東京 😀'],
  ])('writes %j as %j', (text, shown) => {
    expect(escapeControl(text)).toBe(shown)
  })

  it('keeps what it is told to keep', () => {
    expect(escapeControl('a\nb\u001b', { keep: '\n' })).toBe('a\nb\\e')
  })

  it('leaves nothing that a terminal obeys, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControl(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})

describe('escaping of documents', () => {
  it('changes how JSON is written, never what it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = escapeSerialized(JSON.stringify({ text }))
        expect(JSON.parse(written)).toEqual({ text })
        expect(written).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})

describe('cutting', () => {
  it('leaves what fits as it is, says where it has cut, and splits no character', () => {
    expect([beginningOf('12345', 5), endOf('12345', 5)]).toEqual(['12345', '12345'])
    expect([beginningOf('123456', 5), endOf('123456', 5)]).toEqual(['1234…', '…3456'])
    expect([beginningOf('123😀56', 5), endOf('12😀456', 5)]).toEqual(['123…', '…456'])
  })
})
