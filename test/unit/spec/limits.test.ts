// Texts made to exhaust or deceive the reader, and harmless ones that look alike.
import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../src/spec/yaml-documents.ts'
import { cpuMs } from '../../support/spoilt.ts'

const MiB = 1024 * 1024

function messages(text: string): string[] {
  return readYaml('a.yaml', text).issues.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('a text that is made to do harm', () => {
  it.each([
    ['too long', `a: ${'x'.repeat(MiB)}`, /^1:1 the file has 1048579 characters/],
    ['of brackets', '['.repeat(MiB), /^1:65 nested too deeply, expected at most 64/],
    ['of braces', '{'.repeat(MiB), /nested too deeply/],
    ['of dashes', '- '.repeat(MiB / 2), /nested too deeply/],
    ['of question marks', '? '.repeat(MiB / 2), /nested too deeply/],
    [
      'of ever deeper keys',
      Array.from({ length: 1400 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''),
      /nested too deeply/,
    ],
    ['of 65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, /^1:65 nested too deeply, expected at most 64/],
    ['of 65 levels of a map', `${'{a: '.repeat(65)}1${'}'.repeat(65)}`, /nested too deeply, expected at most 64/],
    ['of documents', '---\na: 1\n'.repeat(1001), /^2001:1 too many documents, expected at most 1000/],
    ['of quotes', '"'.repeat(MiB), /too many words and signs/],
    ['of commas', `[${','.repeat(MiB - 1)}`, /too many words and signs/],
    ['of anchors', '&a '.repeat(MiB / 3), /anchors are not allowed/],
    ['of keys', Array.from({ length: 100_000 }, (_, at) => `k${at}:\n`).join(''), /too many words and signs/],
    ['of comments', '#\n'.repeat(MiB / 2), /too many words and signs/],
    ['an alias bomb', 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n', /anchors are not allowed/],
    ['of commas, as many as are read', `[${','.repeat(249_000)}`, /^1:3 not valid YAML: Unexpected , in flow sequence/],
    ['of closing brackets', `[${']'.repeat(249_000)}`, /^1:3 not valid YAML: Unexpected flow-seq-end/],
    ['of lines of braces', '}\n'.repeat(120_000), /^1:1 not valid YAML: Unexpected flow-map-end/],
    ['of lines of bad escapes', '"\\q"\n'.repeat(80_000), /^3:1 not valid YAML: Unexpected double-quoted-scalar/],
    ['of bad escapes in one word', `"${'\\q'.repeat(MiB / 2 - 1)}"`, /^1:2 not valid YAML: Invalid escape sequence/],
    ['of bad escapes in many', `[${`"${'\\q'.repeat(5)}",`.repeat(60_000)}]`, /^1:3 not valid YAML: Invalid escape/],
    ['of words without commas', `[${'"a" '.repeat(80_000)}]`, /^1:6 not valid YAML: Missing , or :/],
    ['of tabs for spaces', `a:\n${'\tb: 1\n'.repeat(30_000)}`, /^2:1 not valid YAML: Tabs are not allowed/],
    ['of keys without names', '? \n'.repeat(60_000), /^1:3 expected a key that is text/],
    ['of one key', 'a: 1\n'.repeat(35_000), /^2:1 the key "a" is given twice/],
    ['of wrong documents', `---\n${'"\\q"'.repeat(50)}\n`.repeat(999), /^2:2 not valid YAML: Invalid escape/],
  ])('is refused before it can: %s', (_, text, expected) => {
    let found: string[] = []
    const tookMs = cpuMs(() => {
      found = messages(text)
    })
    expect(found[0]).toMatch(expected)
    expect(found.length).toBeLessThanOrEqual(100)
    expect(tookMs).toBeLessThan(1_000)
  })

  it('keeps the documents before the one that has too many problems', () => {
    const { documents, issues } = readYaml('a.yaml', `a: 1\n---\nb: 2\n---\n[${','.repeat(1_000)}`)
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }])
    expect(issues).toHaveLength(100)
  })

  it.each([
    ['\u0000', '0000'],
    ['\u001b', '001B'],
    ['\u0085', '0085'],
    ['\u202e', '202E'],
    ['\u2066', '2066'],
    ['\u200f', '200F'],
    ['\ufeff', 'FEFF'],
    ['\ud800', 'D800'],
    ['\ufffd', 'FFFD'],
  ])('is refused for the character %j', (character, code) => {
    expect(messages(`a: b\nc: d${character}`)).toEqual([
      `2:5 the character U+${code} is not allowed here, expected visible text`,
    ])
  })
})

describe('a text that only looks strange', () => {
  it.each([
    ['a byte order mark', '\ufeffa: 1', { a: 1 }],
    ['Windows line ends', 'a: 1\r\nb: |\r\n  x\r\n', { a: 1, b: 'x\n' }],
    ['emoji', 'a: "👩‍🔧 ok"', { a: '👩‍🔧 ok' }],
    ['64 levels', `${'['.repeat(64)}1${']'.repeat(64)}`, expect.anything()],
    [
      'scalars that look like tags and aliases',
      'a: "!x"\nb: |\n  &y *z\nc: "%TAG"',
      { a: '!x', b: '&y *z\n', c: '%TAG' },
    ],
    ['words that are booleans elsewhere', 'a: no\nb: on\nc: 012', { a: 'no', b: 'on', c: 12 }],
    ['JSON', '{"a": [1, 2, {"b": null}]}', { a: [1, 2, { b: undefined }] }],
  ])('is read: %s', (_, text, value) => {
    const { documents, issues } = readYaml('a.yaml', text)
    expect(issues).toEqual([])
    expect(documents.map((document) => document.value)).toEqual([value])
  })

  it('has as many documents as are allowed', () => {
    const { documents, issues } = readYaml('a.yaml', '---\na: 1\n'.repeat(1_000))
    expect([documents.length, issues]).toEqual([1_000, []])
  })

  it('has empty documents between its separators', () => {
    const { documents } = readYaml('a.yaml', '---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n')
    expect(documents.map(({ value, start, text }) => [value, start.line, text])).toEqual([
      [{ a: 1 }, 4, 'a: 1\n'],
      [{ b: 2 }, 7, 'b: 2\n'],
    ])
  })
})
