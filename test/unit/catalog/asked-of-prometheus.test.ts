// Who asks Prometheus what: also in dashboards that come from elsewhere.
import { expect, test } from 'vitest'
import { askedByDashboards, askedByRules } from '../../../src/catalog/asked-of-prometheus.ts'

const loki = { type: 'loki', uid: 'loki' }

test('rules and recorded metrics ask', () => {
  const rules = [
    { alert: 'Down', expr: 'up == 0' },
    { record: 'job:up:sum', expr: 'sum(up)' },
  ]
  expect(askedByRules([{ name: 'web', groups: [{ name: 'g', rules }] }])).toEqual([
    { by: 'rule Down of web', expr: 'up == 0' },
    { by: 'rule job:up:sum of web', expr: 'sum(up)' },
  ])
})

test('of a dashboard: panels, also in folded rows, variables and annotations, unless they ask Loki', () => {
  const model = {
    panels: [
      { type: 'row', panels: [{ title: 'Folded', targets: [{ expr: 'a' }, { expr: ' ' }] }] },
      { title: 'Lines', datasource: loki, targets: [{ expr: '{job="x"}' }] },
      {
        title: 'Mixed',
        datasource: { uid: '-- Mixed --' },
        targets: [
          { expr: 'b', datasource: { uid: 'prometheus' } },
          { expr: '{}', datasource: loki },
        ],
      },
      { title: 'By name', datasource: 'prometheus', targets: [{ expr: 'c' }] },
      { title: 'Text' },
    ],
    templating: {
      list: [
        { type: 'query', name: 'one', query: 'label_values(d{x=~"$y"}, instance)' },
        { type: 'query', name: 'two', query: { query: 'query_result(sum(e))' } },
        { type: 'query', name: 'three', query: 'label_values(instance)' },
        { type: 'query', name: 'four', datasource: loki, query: 'label_values(f, host)' },
        { type: 'custom', name: 'five', query: 'label_values(g, host)' },
      ],
    },
    annotations: {
      list: [
        { name: 'Changes', expr: 'h == 1' },
        { name: 'Lines', datasource: loki, expr: '{}' },
      ],
    },
  }
  expect(askedByDashboards([{ name: 'x', model }])).toEqual([
    { by: 'panel "Folded" of dashboard x', expr: 'a' },
    { by: 'panel "Mixed" of dashboard x', expr: 'b' },
    { by: 'panel "By name" of dashboard x', expr: 'c' },
    { by: 'variable "one" of dashboard x', expr: 'd{x=~"$y"}' },
    { by: 'variable "two" of dashboard x', expr: 'sum(e)' },
    { by: 'annotation "Changes" of dashboard x', expr: 'h == 1' },
  ])
})

test('what is no dashboard asks nothing', () => {
  for (const model of [{}, { panels: null, templating: 7, annotations: { list: [null] } }])
    expect(askedByDashboards([{ name: 'x', model }])).toEqual([])
})
