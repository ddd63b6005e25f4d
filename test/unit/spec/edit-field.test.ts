// One field of a component changed in the text of its file: what it means afterwards, and that the rest is the same to the byte.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { editField } from '../../../src/spec/edit-field.ts'

const head =
  'apiVersion: homeostat/v1\nkind: Component\nmetadata: { name: web } # the web\nspec:\n  type: custom\n  options:\n'
const text = (options: string) => `${head}${options}`
const PATH = ['spec', 'options', 'files', 0]

function edit(options: string, field: string, value: string | boolean): string {
  const edited = editField(text(options), 'web', [...PATH, field], value)
  if (!('text' in edited)) throw new Error(edited.problem)
  expect(edited.text.startsWith(head)).toBe(true)
  const { spec } = parse(edited.text) as { spec: { options: { files: Record<string, unknown>[] } } }
  expect(spec.options.files[0]?.[field]).toBe(value)
  return edited.text.slice(head.length)
}

const item = (...lines: string[]) =>
  `    files:\n      - path: /etc/x\n${lines.map((line) => `        ${line}\n`).join('')}`

const contents = [
  'a',
  'a\n',
  'a\n\n',
  '\na\n',
  ' a\nb\n',
  '\ta\nb',
  'a\n b\n\n\n',
  '\n',
  '',
  ' ',
  '# a\n- b: |\n',
  'a  \n',
]
const odd = ['"x"\\é\n', `a${String.fromCharCode(7)}b\nc\n`, 'a\r\nb\r\n']

describe('a content', () => {
  it('of several lines keeps its form', () => {
    const before = item('content: |', '  one', '  two', 'mode: "0600" # ours')
    expect(edit(before, 'content', 'three\n\n  four\n')).toBe(
      item('content: |', '  three', '', '    four', 'mode: "0600" # ours').replace('        \n', '\n'),
    )
  })

  it.each([...contents, ...odd])(
    '%j comes back as it was, whatever form it had and whatever comes after it',
    (value) => {
      for (const before of [['|', '  one'], ['>-', '  one', '  two'], ['"one" # why'], ['one two']])
        for (const after of ['        mode: "0600"\n', '    units: []\n', ''])
          edit(`${item(`content: ${before[0]}`, ...before.slice(1))}${after}`, 'content', value)
      edit('    files: [{ path: /etc/x, content: one, mode: "0600" }] # why\n', 'content', value)
      edit(item('content: |', '  one').trimEnd(), 'content', value)
      edit(item('content: one').trimEnd(), 'content', value)
    },
  )

  it('that was one line keeps its comment', () => {
    expect(edit(item('content: one # why', 'mode: "0600"'), 'content', 'a\nb\n')).toBe(
      item('content: | # why', '  a', '  b', 'mode: "0600"'),
    )
  })
})

describe('a field that is not there', () => {
  it('comes behind the first one, on a line of its own or within the braces', () => {
    expect(edit(item('content: a'), 'mode', '0600')).toBe(item('mode: "0600"', 'content: a'))
    expect(edit('    files: [{ path: /etc/x, content: a }]\n', 'owner', 'www-data')).toBe(
      '    files: [{ path: /etc/x, owner: www-data, content: a }]\n',
    )
  })

  it('keeps line ends', () => {
    expect(edit(item('content: a').replaceAll('\n', '\r\n'), 'owner', 'true')).toContain(
      'path: /etc/x\r\n        owner: "true"\r\n',
    )
  })
})

it('words of a list are changed in place; what is not there is told', () => {
  const options = '    packages: [nginx, web=1] # why\n'
  const place = ['spec', 'options', 'packages']
  expect(editField(text(options), 'web', [...place, 1], 'web=2')).toEqual({
    text: text('    packages: [nginx, "web=2"] # why\n'),
  })
  expect(editField(text(options), 'web', [...place, 2], 'x')).toHaveProperty('problem')
  expect(editField(text(options), 'other', [...place, 0], 'x')).toHaveProperty('problem')
})

describe('what a field comes to', () => {
  it.each<[string, string | boolean, string]>([
    ['a word', 'www-data', 'www-data'],
    ['a truth', true, 'true'],
    ['no truth', false, 'false'],
    ['the word for a truth', 'true', '"true"'],
    ['a word that begins like one', 'nobody', 'nobody'],
    ['a word that ends like one', 'reno', 'reno'],
    ['the word for nothing', 'null', '"null"'],
    ['digits', '0600', '"0600"'],
    ['a word with a sign', 'a: b', '"a: b"'],
    ['a capital', 'Yes', '"Yes"'],
    ['nothing', '', '""'],
  ])('%s is written as people write it', (_, value, written) => {
    expect(edit(item('owner: root # why'), 'owner', value)).toBe(item(`owner: ${written} # why`))
    expect(edit(item('content: a'), 'owner', value)).toBe(item(`owner: ${written}`, 'content: a'))
  })

  it('several lines stay within quotes where their key begins no line', () => {
    const braces = '    files: [{ path: /etc/x, content: one }] # why\n'
    expect(edit(braces, 'content', 'a\nb\n')).toBe('    files: [{ path: /etc/x, content: "a\\nb\\n" }] # why\n')
  })

  it('a block that becomes one line leaves what comes after it, and the end of the file as it was', () => {
    expect(edit(item('content: |', '  one', 'mode: "0600"'), 'content', ' ')).toBe(item('content: " "', 'mode: "0600"'))
    expect(edit(item('content: |', '  one').trimEnd(), 'content', ' ')).toBe(item('content: " "').trimEnd())
  })

  it('a line at the very end becomes a block', () => {
    expect(edit(item('content: one').trimEnd(), 'content', 'a\nb\n')).toBe(item('content: |', '  a', '  b'))
    expect(edit(item('content: one # why').trimEnd(), 'content', 'a\nb\n')).toBe(item('content: | # why', '  a', '  b'))
  })

  it('a new field at the very end has a line of its own', () => {
    expect(edit('    files:\n      - path: /etc/x', 'owner', 'root')).toBe(
      '    files:\n      - path: /etc/x\n        owner: root',
    )
  })
})

describe('a field that cannot be changed', () => {
  it.each<[string, string, (string | number)[], RegExp]>([
    [
      'of nothing',
      '    packages: []\n',
      ['files', 0, 'content'],
      /^there is no spec.options.files.0.content of web in it$/,
    ],
    [
      'that is a map',
      '    files: [{ path: {} }]\n',
      ['files', 0, 'path'],
      /^there is no spec.options.files.0.path of web/,
    ],
    ['beside no other', '    files: [{}]\n', ['files', 0, 'content'], /^there is no place for content$/],
    ['beside a map', '    files: [{ a: {} }]\n', ['files', 0, 'content'], /^there is no place for content$/],
    [
      'beside an explicit key',
      '    files:\n      - ? path\n        : /etc/x\n',
      ['files', 0, 'content'],
      /^there is no line for content; write it by hand$/,
    ],
  ])('says so: %s', (_, options, path, problem) => {
    const edited = editField(text(options), 'web', ['spec', 'options', ...path], 'x')
    expect(edited).toEqual({ problem: expect.stringMatching(problem), offset: expect.any(Number) })
  })

  it('says where', () => {
    const options = '    files: [{ a: {} }]\n'
    expect(editField(text(options), 'web', [...PATH, 'content'], 'x')).toMatchObject({
      offset: text(options).indexOf('{ a'),
    })
    expect(editField(text(options), 'db', [...PATH, 'a'], 'x')).toMatchObject({ offset: 0 })
  })
})
