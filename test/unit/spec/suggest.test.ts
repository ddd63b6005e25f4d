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

  it('is none for words that are too long to be one', () => {
    expect(nearest('x'.repeat(100_000), ['x'.repeat(100_000)])).toBeUndefined()
  })
})
