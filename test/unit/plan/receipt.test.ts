// What stands for a plan, and what is told when it no longer does.
import { describe, expect, it } from 'vitest'
import type { Change } from '../../../src/model/diff.ts'
import { unitReasons } from '../../../src/plan/consequences.ts'
import { digestOf, digestOfDiff, type Receipt, whatChanged } from '../../../src/plan/receipt.ts'
import { CONFIG, file, targetOf, unit } from './given.ts'

const change = (field: string, more: Partial<Change> = {}): Change => ({
  resource: 'file:/etc/x',
  action: 'update',
  fields: [{ field, from: 'a', to: 'b' }],
  ...more,
})
const receipt = (more: Partial<Receipt> = {}): Receipt => ({
  key: 'x@a',
  revision: 'r1',
  changes: [change('content')],
  live: { '/etc/x': 5 },
  ...more,
})

describe('a digest', () => {
  it('is the same for the same, in whatever order it was put together, and another for anything else', () => {
    expect(digestOf({ a: 1, b: [2] })).toBe(digestOf({ b: [2], a: 1 }))
    expect(digestOf({ a: 1 })).toMatch(/^[0-9a-f]{12}$/)
    const diffs = [[change('content')], [change('mode')], [change('content'), change('mode')], []]
    expect(new Set(diffs.map((changes) => digestOfDiff({ changes }))).size).toBe(diffs.length)
  })
})

describe('what is different from what was planned', () => {
  it.each<[string, Receipt[], Receipt[], string[]]>([
    ['is nothing where nothing is', [receipt()], [receipt()], []],
    [
      'is another revision',
      [receipt()],
      [receipt({ revision: 'r2' })],
      ['x@a: the spec asks for another revision now'],
    ],
    [
      'is what somebody edited, although the difference is the same',
      [receipt()],
      [receipt({ live: { '/etc/x': 6 } })],
      ['x@a: /etc/x was changed on the host since'],
    ],
    [
      'is what differs too, and what no longer does',
      [receipt()],
      [receipt({ changes: [change('mode')] })],
      ['x@a: no longer: update file:/etc/x: content a → b', 'x@a: now: update file:/etc/x: mode a → b'],
    ],
    ['is what is done already', [receipt()], [], ['x@a: there is nothing left to be done there']],
    [
      'is what was not there then',
      [],
      [receipt()],
      ['x@a: nothing was to be done there, and now: update file:/etc/x: content a → b'],
    ],
  ])('%s', (_, then, now, told) => {
    expect(whatChanged(then, now)).toEqual(told)
  })
})

describe('what happens to a unit', () => {
  const target = targetOf(file(CONFIG, 'a'), unit())
  const ofUnit = (action: Change['action'], field: string, from: string): Change => ({
    resource: 'unit:x.service',
    action,
    fields: [{ field, from, to: 'active' }],
  })
  const config = change('content', { resource: `file:${CONFIG}` })

  it.each<[string, Change[], string[]]>([
    ['nothing', [config], []],
    [
      'a restart, for a file',
      [config, ofUnit('restart', 'running configuration', 'older')],
      [`restart x.service: ${CONFIG} changes`],
    ],
    [
      'a start, because it is down',
      [ofUnit('update', 'active', 'failed')],
      ['start x.service: active failed → active'],
    ],
    ['a start, because it is new', [ofUnit('create', 'state', 'absent')], ['start x.service: state absent → active']],
    ['a stop, because it goes', [ofUnit('remove', 'ownership', 'ours')], ['stop x.service: it is no longer wanted']],
  ])('is %s', (_, changes, lines) => {
    expect(unitReasons({ changes }, target)).toEqual(lines)
  })
})
