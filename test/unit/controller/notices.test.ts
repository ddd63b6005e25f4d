// What a person should know of a component, from its type and from what is installed.
import { expect, test } from 'vitest'
import type { Wish } from '../../../src/controller/desire.ts'
import { noticesOf } from '../../../src/controller/notices.ts'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { observationOf } from '../../support/observations.ts'

const target = buildTarget(
  { component: 'logs', host: 'a', type: 'loki' },
  { resources: [{ kind: 'package', name: 'loki' }], probes: [] },
)
const said = { type: 'loki', policy: {} as Wish['policy'] }
const seen = (version: string) => observationOf({ host: 'a', packages: { loki: { installed: true, version } } })

test('a stand-in is told by the version of its package', () => {
  const wish: Wish = { kind: 'deploy', target, ...said }
  expect(noticesOf(wish, seen('3.7.8+standin1')).standIn).toBe(
    'loki 3.7.8+standin1 on a is a stand-in of the lab, not the real program',
  )
  expect(noticesOf(wish, seen('3.7.8'))).toEqual({})
})

test('a type past its time says so, unless the component is to go', () => {
  expect(noticesOf({ kind: 'deploy', target, ...said, deprecated: 'use that' }, seen('3'))).toEqual({
    deprecated: 'use that',
  })
  expect(noticesOf({ kind: 'disable', ...said }, seen('3'))).toEqual({})
  expect(noticesOf(undefined, seen('3'))).toEqual({})
})

test('what others run says so', () => {
  expect(noticesOf({ kind: 'deploy', target, ...said, external: true }, seen('3'))).toEqual({ external: true })
})

test('what others run is a stand-in where it says so itself', () => {
  const wish: Wish = { kind: 'deploy', target, ...said, external: true }
  const greeting = 'it greets with "220 mail ESMTP This is a stand-in for postfix 3.7, made for the Homeostat lab."'
  const probe = { name: 'greeting', passed: true, certain: false, message: greeting, durationMs: 1 }
  expect(noticesOf(wish, seen('3'), [probe]).standIn).toBe('it says: This is a stand-in for postfix 3.7')
  expect(noticesOf({ ...wish, external: false }, seen('3'), [probe]).standIn).toBeUndefined()
})
