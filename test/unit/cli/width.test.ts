// How many cells a text takes in a terminal.
import { describe, expect, it } from 'vitest'
import { displayWidth, truncate } from '../../../src/cli/width.ts'

describe('displayWidth', () => {
  it.each([
    ['plain', 5],
    ['Zürich', 6],
    ['e\u0301', 1],
    ['東京', 4],
    ['🚀', 2],
    ['', 0],
  ])('counts the cells of %j as %d', (text, cells) => {
    expect(displayWidth(text)).toBe(cells)
  })
})

describe('truncate', () => {
  it.each([
    ['plain', 5, 'plain'],
    ['plain', 4, 'pla…'],
    ['東京タワー', 6, '東京…'],
    ['plain', 1, '…'],
    ['plain', 0, ''],
  ])('makes %j fit %d cells', (text, cells, shown) => {
    expect(truncate(text, cells)).toBe(shown)
    expect(displayWidth(truncate(text, cells))).toBeLessThanOrEqual(cells)
  })
})
