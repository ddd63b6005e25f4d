// What is shown of the files that differ: bounded, and no secret.
import { describe, expect, it } from 'vitest'
import type { Change, Diff } from '../../../src/model/diff.ts'
import { differingTexts, textDiffs } from '../../../src/plan/drift-text.ts'
import { file, targetOf, unit } from './given.ts'

const changed = (resource: string, ...fields: string[]): Change => ({
  ...{ resource, action: 'update' },
  fields: fields.map((field) => ({ field, from: 'a', to: 'b' })),
})
const diffOf = (...changes: Change[]): Diff => ({ changes })

describe('files whose content may be shown', () => {
  it.each<[string, Diff, string[]]>([
    ['one that says something else', diffOf(changed('file:/etc/x', 'content')), ['/etc/x']],
    ['one of whose differences is the content', diffOf(changed('file:/etc/x', 'mode', 'content')), ['/etc/x']],
    ['none with another mode only', diffOf(changed('file:/etc/x', 'mode')), []],
    ['no unit', diffOf(changed('unit:x.service', 'content')), []],
    ['none that a name ends with', diffOf(changed('unit:file:', 'content')), []],
    ['none that holds a secret', diffOf(changed('file:/etc/secret', 'content'), changed('file:/a', 'content')), ['/a']],
  ])('are %s', (_, diff, paths) => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a reference
    const target = targetOf(unit(), file('/etc/secret', '${secret:a/b@0123456789abcdef}'), file('/etc/x', 'b'))
    expect(differingTexts(diff, target)).toEqual(paths)
  })

  it('are five at most, and those of no target, too', () => {
    const many = diffOf(...[1, 2, 3, 4, 5, 6].map((at) => changed(`file:/${at}`, 'content')))
    expect(differingTexts(many, undefined)).toEqual(['/1', '/2', '/3', '/4', '/5'])
  })
})

describe('what differs', () => {
  const target = targetOf(unit({ restartOn: [], reloadOn: [] }), file('/etc/other', 'no\n'), file('/etc/x', 'ours\n'))
  const found = (texts: Record<string, string>) => new Map(Object.entries(texts))

  it('is shown from what was found to what is written', () => {
    const texts = textDiffs(['/etc/x'], target, found({ '/etc/x': 'theirs\n' }))
    expect(texts).toEqual([{ path: '/etc/x', diff: '@@ -1,1 +1,1 @@\n-theirs\n+ours\n' }])
  })

  it.each<[string, string[], Parameters<typeof textDiffs>[1], Record<string, string>]>([
    ['of a file that nobody read', ['/etc/x'], target, {}],
    ['of a file that is wanted no more', ['/etc/gone'], target, { '/etc/gone': 'a' }],
    ['where nothing is wanted', ['/etc/x'], undefined, { '/etc/x': 'a' }],
    ['where it is the same by now', ['/etc/x'], target, { '/etc/x': 'ours\n' }],
    ['of no file at all', [], target, { '/etc/x': 'a' }],
  ])('is not shown %s', (_, paths, wanted, texts) => {
    expect(textDiffs(paths, wanted, found(texts))).toEqual([])
  })

  it('is cut after 2,000 characters', () => {
    const [one] = textDiffs(['/etc/x'], target, found({ '/etc/x': 'long line\n'.repeat(1_000) }))
    expect(one?.diff).toHaveLength(2_000)
    expect(one?.diff).toMatch(/^@@ .*…$/s)
  })
})
