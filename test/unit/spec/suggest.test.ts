// Guessing what a misspelt word was meant to be.
import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from '../../../src/spec/suggest.ts'

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['retention', 'retention', 0],
    ['retenton', 'retention', 1],
    ['retentoin', 'retention', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['ab', 'ba', 1],
    ['aab', 'aba', 1],
    ['xab', 'xba', 1],
    ['abx', 'xab', 2],
    ['a', 'b', 1],
    ['abcd', 'badc', 2],
  ])('of %j and %j is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
    expect(editDistance(to, from)).toBe(distance)
  })
})

describe('the nearest word', () => {
  const fields = ['port', 'retention', 'scrapeInterval', 'evaluationInterval']

  it.each([
    ['retentoin', 'retention'],
    ['scrapeinterval', 'scrapeInterval'],
    ['scrape_interval', 'scrapeInterval'],
    ['prot', 'port'],
    ['PORT', 'port'],
    ['interval', undefined],
    ['completely-different', undefined],
    ['', undefined],
  ])('to %j is %j', (word, expected) => {
    expect(nearest(word, fields)).toBe(expected)
  })

  it.each<[string, string[], string | undefined]>([
    ['of several that are as near is the first', ['pork', 'pore'], 'pork'],
    ['is the nearer one, wherever it stands', ['parts', 'ports', 'porte'], 'ports'],
    ['may differ in one of a few letters', ['x'], 'x'],
    ['may be one letter shorter', ['pot'], 'pot'],
    ['may be one letter longer', ['portx'], 'portx'],
    ['is none that is much longer', ['portportport'], undefined],
    ['is none of none', [], undefined],
  ])('%s', (_, candidates, expected) => {
    expect(nearest(candidates[0] === 'x' ? 'y' : 'port', candidates)).toBe(expected)
  })

  it('may be of 64 letters', () => {
    expect(nearest(`${'x'.repeat(63)}y`, ['x'.repeat(64)])).toBe('x'.repeat(64))
    expect(nearest(`${'x'.repeat(64)}y`, ['x'.repeat(65)])).toBeUndefined()
  })

  it('is none for words that are too long to be one', () => {
    expect(nearest('x'.repeat(100_000), ['x'.repeat(100_000)])).toBeUndefined()
  })
})
