// Tables: widths, cutting, colours, continuation.
import { describe, expect, it } from 'vitest'
import { type Column, table, tableWidths } from '../../../src/cli/table.ts'

interface Row {
  name: string
  state: string
  message: string
}

const columns: Column<Row>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'STATE', cell: ({ state }) => state, color: ({ state }) => (state === 'bad' ? 'red' : undefined) },
  { heading: 'MESSAGE', cell: ({ message }) => message },
]
const rows: Row[] = [
  { name: 'prometheus', state: 'good', message: '' },
  { name: '東京', state: 'bad', message: 'line one\nline two \u001b[2J' },
  { name: 'a', state: 'good', message: 'x'.repeat(30) },
]

describe('table', () => {
  it('pads columns to their widest cell, and writes out what a terminal would obey', () => {
    expect(table(columns, rows, { color: false })).toBe(
      [
        'NAME         STATE   MESSAGE',
        'prometheus   good',
        '東京         bad     line one\\nline two \\e[2J',
        `a            good    ${'x'.repeat(30)}`,
        '',
      ].join('\n'),
    )
  })

  it('cuts the last column to the width of the terminal', () => {
    expect(table(columns, rows, { color: false, columns: 36 }).split('\n')[3]).toBe(
      'a            good    xxxxxxxxxxxxxx…',
    )
  })

  it('lets a line wrap rather than leave a few cells of its message', () => {
    expect(table(columns, rows, { color: false, columns: 25 }).split('\n')[3]).toContain('x'.repeat(30))
  })

  it('colours a cell without moving the columns', () => {
    const line = table(columns, rows, { color: true }).split('\n')[2]
    expect(line).toBe('東京         \u001b[31mbad\u001b[39m     line one\\nline two \\e[2J')
  })

  it('prints nothing for no rows', () => {
    expect(table(columns, [], { color: false })).toBe('')
  })

  it('continues an earlier table in line with it', () => {
    const widths = tableWidths(columns, rows)
    const more = table(columns, [{ name: 'b', state: 'good', message: 'm' }], { color: false, headings: false, widths })
    expect(more).toBe('b            good    m\n')
  })
})
