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
