// Texts made to exhaust or deceive the reader, and harmless ones that look alike.
import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../src/spec/yaml-documents.ts'

const MiB = 1024 * 1024

function messages(text: string): string[] {
  return readYaml('a.yaml', text).issues.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('a text that is made to do harm', () => {
  it.each([
    ['too long', `a: ${'x'.repeat(MiB)}`, /^1:1 the file has 1048579 characters/],
    ['of brackets', '['.repeat(MiB), /^1:66 nested too deeply, expected at most 64/],
    ['of braces', '{'.repeat(MiB), /nested too deeply/],
    ['of dashes', '- '.repeat(MiB / 2), /nested too deeply/],
    ['of question marks', '? '.repeat(MiB / 2), /nested too deeply/],
    [
      'of ever deeper keys',
      Array.from({ length: 1400 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''),
      /nested too deeply/,
    ],
    ['of documents', '---\na: 1\n'.repeat(1002), /too many documents, expected at most 1000/],
    ['of quotes', '"'.repeat(MiB), /too many words and signs/],
    ['of commas', `[${','.repeat(MiB - 1)}`, /too many words and signs/],
    ['of anchors', '&a '.repeat(MiB / 3), /anchors are not allowed/],
    ['of keys', Array.from({ length: 100_000 }, (_, at) => `k${at}:\n`).join(''), /too many words and signs/],
    ['of comments', '#\n'.repeat(MiB / 2), /too many words and signs/],
    ['an alias bomb', 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n', /anchors are not allowed/],
  ])('is refused before it can: %s', (_, text, expected) => {
    const startedAtMs = performance.now()
    const found = messages(text)
    expect(found[0]).toMatch(expected)
    expect(found.length).toBeLessThanOrEqual(101)
    // Measured at half a second at most; the bound is for a busy machine.
    expect(performance.now() - startedAtMs).toBeLessThan(10_000)
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
    ['64 levels', `${'['.repeat(64)}${']'.repeat(64)}`, expect.anything()],
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

  it('has empty documents between its separators', () => {
    const { documents } = readYaml('a.yaml', '---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n')
    expect(documents.map(({ value, start, text }) => [value, start.line, text])).toEqual([
      [{ a: 1 }, 4, 'a: 1\n'],
      [{ b: 2 }, 7, 'b: 2\n'],
    ])
  })
})
