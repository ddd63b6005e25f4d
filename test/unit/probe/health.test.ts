// The verdict on one round, and the bounds of every message.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProbeResult } from '../../../src/model/probe.ts'
import { judge } from '../../../src/probe/health.ts'
import { excerpt, sentence } from '../../../src/probe/sentence.ts'

function result(name: string, passed: boolean, certain = false): ProbeResult {
  return { name, passed, certain, message: `${name} says so` }
}

test('a round passes when every probe passes', () => {
  expect(judge([result('a', true), result('b', true)])).toEqual({
    passed: true,
    certain: false,
    message: 'all 2 probes passed',
  })
})

test('a round without probes passes and admits that nothing was proven', () => {
  expect(judge([])).toEqual({ passed: true, certain: false, message: 'there is no probe: nothing was proven' })
})

test('one probe that does not pass is enough to fail the round', () => {
  expect(judge([result('a', true), result('b', false)])).toEqual({
    passed: false,
    certain: false,
    message: '1 of 2 probes failed: b: b says so',
  })
})

test('a certain failure makes the round certain and is named first', () => {
  const verdict = judge([result('a', false), result('b', false), result('c', false, true), result('d', true)])
  expect(verdict).toEqual({
    passed: false,
    certain: true,
    message: '3 of 4 probes failed: c: c says so; a: a says so; and 1 more',
  })
})

test('reasons that are sentences read as one', () => {
  const refused = { ...result('page', false), message: 'no answer: refused.' }
  expect(judge([refused, result('b', false)]).message).toBe(
    '2 of 2 probes failed: page: no answer: refused; b: b says so',
  )
})

test('a message is one line of at most 500 characters, whatever a host says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      for (const shown of [sentence(text), excerpt(text), excerpt(Buffer.from(text))]) {
        expect(shown.length).toBeLessThanOrEqual(500)
        expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      }
    }),
  )
})

test('plain text is shown as it is', () => {
  expect(sentence('größer als 5 €')).toBe('größer als 5 €')
})
