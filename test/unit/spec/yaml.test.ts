// YAML as documents: what is refused and where, what values come to, and where each field stands.
import { describe, expect, it } from 'vitest'
import { positionsOf } from '../../../src/spec/text-positions.ts'
import { readYaml } from '../../../src/spec/yaml-documents.ts'

const problems = (text: string) =>
  readYaml('a.yaml', text).issues.map(({ file, line, column, path, message }) => {
    expect([file, path]).toEqual(['a.yaml', ''])
    return `${line}:${column} ${message}`
  })
const TAG = 'tags are not allowed; write the value without it'
const ANCHOR = 'anchors are not allowed; every document says everything itself'
const ALIAS = 'aliases are not allowed; write the value out'
const KEY = 'expected a key that is text; put it in quotes'
const NUMBER = 'this number is out of range; put it in quotes to make it text'
const NOTHING = 'there is no document in this file; to remove what it described, delete the file'

describe('a text', () => {
  it.each<[string, string[]]>([
    ['a: !x b', [`1:4 ${TAG}`]],
    ['a: &b c', [`1:4 ${ANCHOR}`]],
    ['- x\n- *b', [`2:3 ${ALIAS}`]],
    ['%YAML 1.1\n---\na: b', ['1:1 directives are not allowed; the files are YAML 1.2']],
    ['a: "x"\nb: [c, !d e]\nf: &g h', [`2:8 ${TAG}`, `3:4 ${ANCHOR}`]],
    ['1: a', [`1:1 ${KEY}`]],
    ['a: b\ntrue: c', [`2:1 ${KEY}`]],
    ['[a]: b', [`1:1 ${KEY}`]],
    ['a: b\na: c', ['2:1 the key "a" is given twice in the same map']],
    ['a: { b: 1, b: 2 }\nb: 3', ['1:12 the key "b" is given twice in the same map']],
    ['x:\n  __proto__: 1', ['2:3 "__proto__" cannot be used as a key']],
    ['a: 1e999', [`1:4 ${NUMBER}`]],
    ['a: [.inf, .nan]', [`1:5 ${NUMBER}`, `1:11 ${NUMBER}`]],
    ['a: 9007199254740992', [`1:4 ${NUMBER}`]],
    ['a: -9007199254740992', [`1:4 ${NUMBER}`]],
    ['', [`1:1 ${NOTHING}`]],
    ['# only words\n---\n...\n', [`1:1 ${NOTHING}`]],
    ['---\nnull\n', [`1:1 ${NOTHING}`]],
    ['a: b\n\u0000', ['2:1 the character U+0000 is not allowed here, expected visible text']],
  ])('%j is refused at its place', (text, lines) => {
    expect(problems(text)).toEqual(lines)
  })

  it.each(['a: [1,', 'a: "x', '{ a: b', 'a:\n\tb: c', 'a: b: c', '- a\nb: c'])('%j is no YAML, in one line', (text) => {
    const lines = problems(text)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line).toMatch(/^\d+:\d+ (not valid YAML: [^\n]+|expected a key.*)$/)
  })

  it('is told one thing at each place', () => {
    const lines = problems('a: [1,\nb: {')
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(lines.length)
  })

  it('is told a hundred things at most', () => {
    expect(problems(Array.from({ length: 300 }, (_, at) => `k${at}: !x a\n`).join(''))).toHaveLength(100)
    expect(problems(Array.from({ length: 300 }, (_, at) => `${at}: a\n`).join(''))).toHaveLength(100)
    expect(problems(Array.from({ length: 100 }, (_, at) => `${at}: a\n`).join(''))).toHaveLength(100)
  })

  it('has 1,000 documents and 64 levels at most', () => {
    expect(problems('---\na: 1\n'.repeat(1_000))).toEqual([])
    expect(problems('---\na: 1\n'.repeat(1_001))[0]).toContain('too many documents, expected at most 1000 in a file')
    expect(problems('['.repeat(64) + ']'.repeat(64))).toEqual([])
    expect(problems('['.repeat(65) + ']'.repeat(65))).toEqual(['1:65 nested too deeply, expected at most 64 levels'])
  })

  it('that is refused has its documents for their names, but not where it was not read to its end', () => {
    expect(readYaml('a.yaml', 'a: !x b\nc: 1').documents.map(({ value }) => value)).toEqual([{ a: 'b', c: 1 }])
    expect(readYaml('a.yaml', '['.repeat(66)).documents).toEqual([])
    expect(readYaml('a.yaml', 'a: \u0000').documents).toEqual([])
  })
})

describe('a value', () => {
  it.each<[string, unknown]>([
    ['a: 9007199254740991', { a: 9007199254740991 }],
    ['a: -9007199254740991', { a: -9007199254740991 }],
    ['a: 0x1F', { a: 31 }],
    ['a: 1.5', { a: 1.5 }],
    ['a: true\nb: yes', { a: true, b: 'yes' }],
    ['a: 2001-01-01', { a: '2001-01-01' }],
    ['a:\nb: ~', { a: undefined, b: undefined }],
    ['- a\n-\n- ~\n- 1', ['a', null, null, 1]],
    ['"1": { b: [] }', { 1: { b: [] } }],
    ['a: |\n  !x\n  *y\nb: "&z"', { a: '!x\n*y\n', b: '&z' }],
    ['text', 'text'],
  ])('%j is plain', (text, value) => {
    const { documents, issues } = readYaml('a.yaml', text)
    expect(issues).toEqual([])
    expect(documents.map((document) => document.value)).toStrictEqual([value])
  })

  it('of an entry without one is there to be checked', () => {
    expect(Object.keys(readYaml('a.yaml', 'a:\n').documents[0]?.value as object)).toEqual(['a'])
  })
})

describe('a field', () => {
  const text = '# first\n\na: 1\nb:\n  - c: x\n    d:\n  - [y, z]\n"e f": { g: h }\ni: ~\n'
  const [document] = readYaml('a.yaml', text).documents
  const shown = ({ line, column }: { line: number; column: number }) => `${line}:${column}`

  it.each<[(string | number)[], string, string]>([
    [[], '3:1', '3:1'],
    [['a'], '3:4', '3:1'],
    [['b'], '5:3', '4:1'],
    [['b', 0], '5:5', '5:5'],
    [['b', 0, 'c'], '5:8', '5:5'],
    [['b', 0, 'd'], '6:5', '6:5'],
    [['b', 1], '7:5', '7:5'],
    [['b', 1, 1], '7:9', '7:9'],
    [['e f'], '8:8', '8:1'],
    [['e f', 'g'], '8:13', '8:10'],
    [['i'], '9:1', '9:1'],
    [['none'], '3:1', '3:1'],
    [['b', 0, 'none'], '5:5', '5:5'],
    [['b', 9], '4:1', '4:1'],
    [['e f', 'none'], '8:1', '8:1'],
    [['a', 'none'], '3:4', '3:1'],
    [['b', 9, 'none'], '4:1', '4:1'],
  ])('%j stands where it is, or where it would be', (path, value, key) => {
    expect(document && [shown(document.locate(path)), shown(document.locateKey(path))]).toEqual([value, key])
  })
})

describe('documents', () => {
  it.each<[string, [line: number, text: string][]]>([
    ['a: 1', [[1, 'a: 1\n']]],
    [
      '---\na: 1\n---\nb: 2\n',
      [
        [2, 'a: 1\n'],
        [4, 'b: 2\n'],
      ],
    ],
    [
      '--- { a: 1 }\n--- # why\n  b: 2\n  c: 3\n',
      [
        [1, '{ a: 1 }\n'],
        [3, '  b: 2\n  c: 3\n'],
      ],
    ],
    ['---\n---\na: |+\n  x\n\n...\n', [[3, 'a: |+\n  x\n\n']]],
    ['---\n# why\na: 1 # here\n# end\n', [[3, 'a: 1 # here\n']]],
  ])('of %j have their own text', (text, expected) => {
    const { documents } = readYaml('a.yaml', text)
    expect(documents.map((document) => [document.start.line, document.text])).toEqual(expected)
  })
})

describe('an offset', () => {
  const text = 'ab\n\ncd\ne'
  it.each([
    [0, '1:1'],
    [1, '1:2'],
    [2, '1:3'],
    [3, '2:1'],
    [4, '3:1'],
    [6, '3:3'],
    [7, '4:1'],
    [8, '4:2'],
    [99, '4:2'],
    [-1, '1:1'],
  ])('%i is %s', (offset, place) => {
    const { line, column } = positionsOf(text)(offset)
    expect(`${line}:${column}`).toBe(place)
  })

  it('of an empty text is its beginning', () => {
    expect(positionsOf('')(5)).toEqual({ line: 1, column: 1 })
  })
})
