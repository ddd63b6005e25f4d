// A dashboard in short: what may stand in it, and what it comes to.
import { describe, expect, it } from 'vitest'
import { read } from './given.ts'

const written = (board: string) =>
  `apiVersion: homeostat/v1\nkind: Dashboard\nmetadata: { name: x }\nspec: { board: ${board} }\n`
const reading = (board: string) => read({ 'a.yaml': written(board) }).desired
const panel = (more = '') => `{ title: P, queries: { up: up }${more === '' ? '' : `, ${more}`} }`
const boardOf = (...panels: string[]) => `{ title: T, rows: [{ title: R, panels: [${panels.join(', ')}] }] }`
const problemsOf = (board: string) => reading(board).issues.map(({ path, message }) => `${path}: ${message}`)

describe('a board', () => {
  it('has what it does not say', () => {
    expect(reading(boardOf(panel())).issues).toEqual([])
    expect(reading(boardOf(panel())).dashboards).toEqual([
      {
        name: 'x',
        folder: '',
        content: {
          board: {
            title: 'T',
            description: '',
            tags: [],
            range: '6h',
            refresh: '30s',
            variables: [],
            annotations: {},
            rows: [
              {
                title: 'R',
                panels: [{ title: 'P', type: 'timeseries', source: 'prometheus', queries: { up: 'up' } }],
              },
            ],
          },
        },
      },
    ])
  })

  it('keeps what it says, and has no field for what it does not', () => {
    const said = '{ title: T, range: 1h, variables: [{ name: host, values: "label_values(up, host)" }, { name: text }]'
    const rows = `rows: [{ title: R, panels: [${panel('thresholds: { warn: 1, bad: 2 }, stack: true, width: 6')}] }] }`
    const dashboard = reading(`${said}, ${rows}`).dashboards?.[0]
    expect(dashboard?.content).toStrictEqual({
      board: expect.objectContaining({
        range: '1h',
        variables: [{ name: 'host', values: 'label_values(up, host)' }, { name: 'text' }],
        rows: [
          {
            title: 'R',
            panels: [
              {
                title: 'P',
                type: 'timeseries',
                source: 'prometheus',
                queries: { up: 'up' },
                thresholds: { warn: 1, bad: 2 },
                stack: true,
                width: 6,
              },
            ],
          },
        ],
      }),
    })
  })

  it.each([
    ['', 'timeseries', 'prometheus'],
    ['type: stat', 'stat', 'prometheus'],
    ['type: logs', 'logs', 'loki'],
    ['type: logs, source: loki', 'logs', 'loki'],
    ['type: stat, source: loki', 'stat', 'loki'],
    ['type: table, source: prometheus, columns: { Value: How many }', 'table', 'prometheus'],
  ])('asks with { %s } as a panel of %s: %s', (more, type, source) => {
    const dashboard = reading(boardOf(panel(more))).dashboards?.[0]
    expect(dashboard?.content).toMatchObject({ board: { rows: [{ panels: [{ type, source }] }] } })
  })

  const place = 'spec.board.rows[0].panels[0]'
  const limits = 'expected warn (orange from there on), bad (red) or good (green), and not both of bad and good'
  it.each([
    ['no thresholds at all', 'thresholds: {}', `${place}.thresholds: ${limits}`],
    ['both', 'thresholds: { bad: 1, good: 2 }', `${place}.thresholds: ${limits}`],
    ['columns of a graph', 'columns: { Value: x }', `${place}.columns: columns are those of a table`],
    ['logs of Prometheus', 'type: logs, source: prometheus', `${place}.source: logs are of the source loki`],
  ])('cannot have %s', (_, more, problem) => {
    expect(problemsOf(boardOf(panel(more)))).toEqual([problem])
  })

  it.each(['{ warn: 1 }', '{ bad: 1 }', '{ good: 1 }', '{ warn: 1, bad: 2 }', '{ warn: 2, good: 1 }'])(
    'may have the thresholds %s',
    (thresholds) => {
      expect(problemsOf(boardOf(panel(`thresholds: ${thresholds}`)))).toEqual([])
    },
  )

  it('asks something', () => {
    expect(problemsOf(boardOf('{ title: P, queries: {} }'))).toEqual([`${place}.queries: expected at least one query`])
  })
})
