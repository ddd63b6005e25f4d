// Paths of fields as text, and finding their place again.
import { describe, expect, it } from 'vitest'
import type { Issue } from '../../../src/model/issue.ts'
import { formatPath, parsePath } from '../../../src/spec/field-path.ts'
import { placeIssue } from '../../../src/spec/place-issue.ts'

describe('the path of a field', () => {
  it.each([
    [[], ''],
    [['spec', 'hosts', 0], 'spec.hosts[0]'],
    [['spec', 'options', 'a b', 'c'], 'spec.options["a b"].c'],
    [['labels', 'x]"y'], 'labels["x]\\"y"]'],
    [['metadata', 'labels', '12'], 'metadata.labels["12"]'],
  ])('of %j is %s, and back', (path, text) => {
    expect(formatPath(path)).toBe(text)
    expect(parsePath(text)).toEqual(path)
  })

  it.each<[string, (string | number)[]]>([
    ['plugins[10].a1', ['plugins', 10, 'a1']],
    ['1a.b2', ['1a', 'b2']],
    ['["a.b"].c', ['a.b', 'c']],
    ['', []],
  ])('%s is read word by word', (text, path) => {
    expect(parsePath(text)).toEqual(path)
  })

  it('is read with dots alone, too', () => {
    expect(parsePath('spec.options.files.0.content')).toEqual(['spec', 'options', 'files', 0, 'content'])
  })
})

describe('an issue that only showed when rendering', () => {
  const text = '# first\na: 1\n---\nmetadata:\n  name: x\nspec:\n  options:\n    files:\n      - path: /a\n'
  const issue = (line: number, path: string): Issue => ({ file: 'a.yaml', line, column: 1, path, message: 'm' })

  it.each([
    ['spec.options.files.0.path', 'spec.options.files[0].path', 9, 15],
    ['spec.options.files.0.content', 'spec.options.files[0].content', 9, 9],
    ['spec.options.port', 'spec.options.port', 7, 3],
    ['', 'metadata.name', 5, 9],
  ])('at %j is placed', (path, shown, line, column) => {
    expect(placeIssue(issue(4, path), text)).toEqual({ ...issue(4, shown), line, column })
  })

  it('stays where it is when the text is another one', () => {
    expect(placeIssue(issue(3, 'spec'), text)).toEqual(issue(3, 'spec'))
  })
})
