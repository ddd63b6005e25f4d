// YAML that a terminal can be shown, and that still means the same.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { toYaml } from '../../../src/cli/yaml.ts'

it('escapes what a terminal would obey, and never changes what it says', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\u009b', '\u202e', '\u001b', '\u{e0041}', ''),
      (text, control) => {
        const written = toYaml({ text: text + control, list: [text] })
        expect(parse(written)).toEqual({ text: text + control, list: [text] })
        expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      },
    ),
  )
})
