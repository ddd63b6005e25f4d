// Rules about what others may change that mean nothing are told, wherever the component runs.
import { expect, it } from 'vitest'
import type { ComponentType } from '../../../src/catalog/define-type.ts'
import { desire } from '../../../src/controller/desire.ts'
import type { IgnoreRule } from '../../../src/model/policy.ts'
import { fileType, specOf, stateOf, type Written } from './given.ts'

const reason = 'r'
const catalog = { file: fileType as unknown as ComponentType }

function issuesFor(ignore: IgnoreRule[], written: Written = {}): string[] {
  const spec = specOf('x', { hosts: ['a', 'b'], ...written })
  const components = { x: { ...spec, policy: { ...spec.policy, ignore } } }
  return desire(stateOf({}, { components }), catalog).issues.map(({ path, message }) => `${path}: ${message}`)
}

it('one that matches is not told, one that does not is', () => {
  const rules: IgnoreRule[] = [
    { kind: 'path', name: '/etc/*', reason },
    { kind: 'path', name: '/srv/*', reason },
    { kind: 'unit', name: 'x.service', reason },
  ]
  expect(issuesFor(rules)).toEqual([
    'spec.drift.ignore[1]: path /srv/* matches nothing that x consists of',
    'spec.drift.ignore[2]: unit x.service matches nothing that x consists of',
  ])
})

it('of what cannot be rendered nobody knows', () => {
  expect(issuesFor([{ kind: 'path', name: '/srv/x', reason }], { content: 'throw' })).toEqual([
    'spec.options.port: port is taken',
    'spec.options.port: port is taken',
  ])
})

it('keys of what is not written in their format are told', () => {
  const rule: IgnoreRule = { kind: 'path', name: '/etc/x', keys: [['a']], format: 'json', reason }
  expect(issuesFor([rule], { content: '{"a":1}' })).toEqual([])
  expect(issuesFor([rule], { content: 'a = 1' })).toEqual([
    'spec.drift.ignore[0]: /etc/x as it is written is not json: its keys cannot be told apart, and all of it is put back',
  ])
})
