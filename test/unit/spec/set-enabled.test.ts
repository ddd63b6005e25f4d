// One word of a file is changed, whatever the file looks like, and every other byte stays.
import { expect, it } from 'vitest'
import { setEnabled } from '../../../src/spec/set-enabled.ts'

const head = (name: string) => `apiVersion: homeostat/v1\nkind: Component\nmetadata: { name: ${name} }\n`

function edited(text: string, enabled: boolean, name = 'web'): string {
  const edit = setEnabled(text, name, enabled)
  if ('problem' in edit) throw new Error(`${edit.problem} at ${edit.offset}`)
  return edit.text
}

it.each([
  ['the word that is there', `spec:\n  type: a\n  enabled: true # why\n`, `spec:\n  type: a\n  enabled: false # why\n`],
  ['another spelling of it', `spec: {type: a, enabled: True}`, `spec: {type: a, enabled: false}`],
  ['an explicit key', `spec:\n  ? enabled\n  : true\n  type: a\n`, `spec:\n  ? enabled\n  : false\n  type: a\n`],
  [
    'no word yet: a line behind the type, its comment kept',
    `spec:\n    # one\n    type: a   # two\n    # three\n    hosts: all\n`,
    `spec:\n    # one\n    type: a   # two\n    enabled: false\n    # three\n    hosts: all\n`,
  ],
  ['the type at the very end', `spec:\n  hosts: all\n  type: a`, `spec:\n  hosts: all\n  type: a\n  enabled: false`],
  ['a quoted type over two lines', `spec:\n  type: "a\\\n    b"\n`, `spec:\n  type: "a\\\n    b"\n  enabled: false\n`],
  ['braces', `spec: { type: a, hosts: all }\n`, `spec: { type: a, enabled: false, hosts: all }\n`],
  [
    'braces over several lines',
    `spec: {\n  type: a, # one\n  hosts: all,\n}\n`,
    `spec: {\n  type: a, enabled: false, # one\n  hosts: all,\n}\n`,
  ],
  ['JSON', `spec: {"type":"a","hosts":"all"}`, `spec: {"type":"a", "enabled": false,"hosts":"all"}`],
])('disables: %s', (_, before, after) => {
  expect(edited(head('web') + before, false)).toBe(head('web') + after)
})

it('keeps line ends, a byte order mark, and other documents of the same words', () => {
  const other = `---\r\n# api\r\n${head('api').replaceAll('\n', '\r\n')}spec:\r\n  type: a\r\n  enabled: true\r\n`
  const web = (line: string) =>
    `---\r\n${head('web').replaceAll('\n', '\r\n')}spec:\r\n  type: a # ü 🦊\r\n${line}  hosts: all\r\n`
  const before = `\ufeff# all\r\n${other}${web('')}${other.replaceAll('api', 'db')}...\r\n`
  const after = `\ufeff# all\r\n${other}${web('  enabled: false\r\n')}${other.replaceAll('api', 'db')}...\r\n`
  expect(edited(before, false)).toBe(after)
  expect(edited(after, true)).toBe(after.replace('  enabled: false', '  enabled: true'))
})

it('leaves alone what says so already, also by saying nothing', () => {
  const text = `${head('web')}spec: { type: a }\n`
  expect(edited(text, true)).toBe(text)
  expect(edited(edited(text, false), false)).toBe(edited(text, false))
})

it('is said of the component of that name, and of nothing else that has it', () => {
  const host = `apiVersion: homeostat/v1\nkind: Host\nmetadata: { name: web }\nspec: { type: a }\n---\n`
  const before = `- a list\n---\n${host}${head('web')}spec: { type: a }\n`
  expect(edited(before, false)).toBe(`- a list\n---\n${host}${head('web')}spec: { type: a, enabled: false }\n`)
})

it.each([
  ['\n', `spec:\n  type: a`, `spec:\n  type: a\n  enabled: false`],
  ['\r\n', `spec:\r\n  type: a`, `spec:\r\n  type: a\r\n  enabled: false`],
  ['\r\n', `spec:\r\n  type: a\r\n`, `spec:\r\n  type: a\r\n  enabled: false\r\n`],
  ['\r\n', `spec:\r\n  type: a\n`, `spec:\r\n  type: a\n  enabled: false\n`],
  ['\n', `spec:\n  type: a\n  hosts: b\r\n`, `spec:\n  type: a\n  enabled: false\n  hosts: b\r\n`],
])('ends a new line as the one above it ends, %j elsewhere', (eol, before, after) => {
  const above = head('web').replaceAll('\n', eol)
  expect(edited(above + before, false)).toBe(above + after)
})

it('says that there is no type to write behind', () => {
  const text = `${head('web')}spec: { hosts: all }\n`
  expect(setEnabled(text, 'web', false)).toEqual({
    problem: 'its spec has no type to write `enabled: false` behind',
    offset: text.indexOf('{ hosts'),
  })
  const odd = `${head('web')}spec: { type: [] }\n`
  expect(setEnabled(odd, 'web', false)).toMatchObject({ offset: odd.indexOf('{ type') })
})

it('says where it cannot', () => {
  expect(setEnabled(`${head('api')}spec: { type: a }\n`, 'web', false)).toMatchObject({
    problem: expect.stringContaining('no component web'),
  })
  const odd = `${head('web')}spec:\n  ? type\n  : a\n`
  const edit = setEnabled(odd, 'web', false)
  expect(edit).toMatchObject({ problem: expect.stringContaining('by hand'), offset: odd.indexOf('type') })
})
