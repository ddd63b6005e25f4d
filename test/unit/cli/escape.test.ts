// Nothing that a host says reaches a terminal as a control character, and documents still mean the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeControl, escapeSerialized } from '../../../src/cli/escape.ts'
import { toYaml } from '../../../src/cli/yaml.ts'

describe('escapeControl', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\e[31mred\\e[0m'],
    ['two\nlines\r\n', 'two\\nlines\\r\\n'],
    ['\u0007bell', '\\u0007bell'],
    ['\u009b2J', '\\u009b2J'],
    ['right-to-left \u202egnp.exe', 'right-to-left \\u202egnp.exe'],
    ['Zürich 東京', 'Zürich 東京'],
  ])('writes %j as %j', (text, shown) => {
    expect(escapeControl(text)).toBe(shown)
  })

  it('keeps what it is told to keep', () => {
    expect(escapeControl('a\nb\u001b', { keep: '\n' })).toBe('a\nb\\e')
  })

  it('leaves nothing that a terminal obeys, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControl(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
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

  it('changes how YAML is written, never what it says', async () => {
    const { parse } = await import('yaml')
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('\u009b', '\u202e', '\u001b', ''),
        (text, control) => {
          const written = toYaml({ text: text + control, list: [text] })
          expect(parse(written)).toEqual({ text: text + control, list: [text] })
          expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
        },
      ),
    )
  })
})
