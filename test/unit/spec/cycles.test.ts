// Finding what depends on itself.
import { describe, expect, it } from 'vitest'
import { findCycles } from '../../../src/spec/cycles.ts'

function cyclesOf(edges: Record<string, string[]>): string[][] {
  return findCycles(new Map(Object.entries(edges)))
}

describe('cycles', () => {
  it('are none where nothing leads back', () => {
    expect(cyclesOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [], e: ['nowhere'] })).toEqual([])
  })

  it('are found one for every knot, the shortest through its first name', () => {
    expect(cyclesOf({ z: ['a'], a: ['b'], b: ['c', 'a'], c: ['a'], p: ['q'], q: ['p'], s: ['s'] })).toEqual([
      ['a', 'b'],
      ['p', 'q'],
      ['s'],
    ])
  })

  it('are found behind a name that leads into them', () => {
    expect(cyclesOf({ a: ['b'], b: ['c'], c: ['b'] })).toEqual([['b', 'c']])
  })

  it('are found in a chain of ten thousand', () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `n${String(at).padStart(5, '0')}`)
    const edges = Object.fromEntries(names.map((name, at) => [name, [names[(at + 1) % names.length] ?? '']]))
    expect(cyclesOf(edges)).toEqual([names])
  })
})
