// What a difference comes to for processes, in one line for each.
import { describe, expect, it } from 'vitest'
import type { Change } from '../../../src/model/diff.ts'
import type { UnitResource } from '../../../src/model/resource.ts'
import { unitReasons } from '../../../src/plan/consequences.ts'
import { liveTimes, type Receipt, whatChanged } from '../../../src/plan/receipt.ts'
import { fileWith, observationOf } from '../../support/observations.ts'
import { CONFIG, FLAGS, file, targetOf, unit } from './given.ts'

const config: Change = {
  ...{ resource: `file:${CONFIG}`, action: 'update' },
  fields: [{ field: 'content', from: 'a', to: 'b' }],
}
const flags: Change = { ...config, resource: `file:${FLAGS}` }
const ofUnit = (action: Change['action'], ...fields: [field: string, from: string, to: string][]): Change => ({
  ...{ resource: 'unit:x.service', action },
  fields: fields.map(([field, from, to]) => ({ field, from, to })),
})
const enabled: [string, string, string] = ['enabled', 'disabled', 'enabled']

describe('a unit', () => {
  const pkg = { kind: 'package', name: 'x.service' } as const
  const why = (differs: Partial<UnitResource>, ...changes: Change[]) =>
    unitReasons({ changes }, targetOf(file(CONFIG, 'a'), pkg, unit(differs)))

  it.each<[string, Partial<UnitResource>, Change[], string]>([
    [
      'is restarted for what it starts with',
      {},
      [flags, ofUnit('update', enabled)],
      `restart x.service: ${FLAGS} changes`,
    ],
    [
      'is restarted for both, and each is named once',
      { restartOn: [`file:${FLAGS}`, `file:${CONFIG}`] },
      [flags, config, ofUnit('update', enabled)],
      `restart x.service: ${FLAGS}, ${CONFIG} change`,
    ],
    [
      'is reloaded for what it takes in while it runs',
      {},
      [config, ofUnit('update', enabled)],
      `reload x.service: ${CONFIG} changes`,
    ],
    ['is reloaded for what it has not taken in', {}, [ofUnit('reload', ['a', 'b', 'c'])], 'reload x.service: a b → c'],
    [
      'is restarted for what it was started with',
      {},
      [ofUnit('restart', ['a', 'b', 'c'])],
      'restart x.service: a b → c',
    ],
    [
      'is started where it is down, although a file changes',
      {},
      [flags, ofUnit('update', enabled, ['active', 'failed', 'active'])],
      `start x.service: ${FLAGS} changes`,
    ],
    ['is started where it is new', {}, [flags, ofUnit('create', enabled)], `start x.service: ${FLAGS} changes`],
    [
      'is stopped where it is not to run',
      { running: false },
      [ofUnit('update', ['active', 'active', 'inactive'])],
      'stop x.service: active active → inactive',
    ],
  ])('%s', (_, differs, changes, line) => {
    expect(why(differs, ...changes)).toEqual([line])
  })

  it('has no line where it is not wanted, nor has anything else', () => {
    expect(unitReasons({ changes: [ofUnit('update', enabled)] }, undefined)).toEqual([])
    expect(why({ restartOn: [], reloadOn: [] }, ofUnit('update', enabled))).toEqual([])
    expect(why({ running: false, restartOn: [], reloadOn: [] }, ofUnit('update', enabled))).toEqual([])
    expect(unitReasons({ changes: [ofUnit('update', enabled)] }, targetOf(pkg))).toEqual([])
    expect(why({}, { ...config, resource: 'package:x.service', action: 'remove' })).toEqual([])
  })
})

describe('when a file was changed last', () => {
  it('is told of those that are to be changed; 0 where there is none', () => {
    const seen = observationOf({
      files: { [CONFIG]: fileWith('a', { changedAtMs: 7 }), '/l': { state: 'other', what: 'a link' } },
    })
    const link: Change = { ...config, resource: 'file:/l' }
    expect(liveTimes({ changes: [config, flags, link, ofUnit('update', enabled)] }, seen)).toEqual({
      ...{ [CONFIG]: 7, [FLAGS]: 0, '/l': 0 },
    })
  })
})

describe('what is different from what was planned', () => {
  const receipt = (key: Receipt['key'], ...changes: Change[]): Receipt => ({ key, revision: 'r1', changes, live: {} })
  const changesOf = (count: number) =>
    Array.from({ length: count }, (_, at): Change => ({ ...config, resource: `file:/${at}` }))
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `update file:/${at}: content a → b`)

  it('names five changes, and how many more there are', () => {
    const now = (count: number) => whatChanged([], [receipt('x@a', ...changesOf(count))])
    const intro = 'x@a: nothing was to be done there, and now: '
    expect(now(5)).toEqual([intro + lines(5).join('; ')])
    expect(now(7)).toEqual([`${intro}${lines(5).join('; ')}; and 2 more`])
  })

  it('is told component by component, in the order of their names', () => {
    const told = whatChanged([receipt('z@a'), receipt('b@a')], [receipt('a@a', config)])
    expect(told.map((line) => line.split(':')[0])).toEqual(['a@a', 'b@a', 'z@a'])
  })
})
